-- From 20250129_add_marketing_tables.py, sha256 61da26000584a2791a82406923d8342d12653d4ddd8a7b368ad7bdc9ae7fb86b: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TYPE "MarketingCampaignStatus" AS ENUM ('draft', 'scheduled', 'active', 'paused', 'completed', 'archived');

CREATE TYPE "MarketingCampaignType" AS ENUM ('email', 'social', 'ppc', 'content', 'seo', 'display', 'video', 'influencer', 'event', 'other');

CREATE TYPE "MarketingLeadGrade" AS ENUM ('A', 'B', 'C', 'D', 'F');

CREATE TYPE "MarketingLeadStatus" AS ENUM ('new', 'contacted', 'qualified', 'nurturing', 'converted', 'lost', 'unqualified');

CREATE TYPE "MarketingTouchpointType" AS ENUM ('page_view', 'email_open', 'email_click', 'ad_impression', 'ad_click', 'social_view', 'social_click', 'form_submit', 'download', 'video_view', 'call', 'chat');

CREATE TABLE marketing_metrics (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    date DATE NOT NULL,
    impressions INTEGER DEFAULT 0 NOT NULL,
    clicks INTEGER DEFAULT 0 NOT NULL,
    conversions INTEGER DEFAULT 0 NOT NULL,
    revenue NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    cost NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    leads_generated INTEGER DEFAULT 0 NOT NULL,
    leads_cost NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    channel_breakdown JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_marketing_metrics PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_marketing_metrics__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_marketing_metrics__date UNIQUE (workspace_id, date)
);

CREATE TABLE marketing_campaigns (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    brand_id TEXT COLLATE "C",
    name TEXT NOT NULL,
    description TEXT,
    type "MarketingCampaignType" NOT NULL,
    status "MarketingCampaignStatus" DEFAULT 'draft'::"MarketingCampaignStatus" NOT NULL,
    budget NUMERIC(18, 4),
    spent NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    start_date TIMESTAMP WITH TIME ZONE,
    end_date TIMESTAMP WITH TIME ZONE,
    impressions INTEGER DEFAULT 0 NOT NULL,
    clicks INTEGER DEFAULT 0 NOT NULL,
    conversions INTEGER DEFAULT 0 NOT NULL,
    revenue NUMERIC(18, 4) DEFAULT 0 NOT NULL,
    config JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_marketing_campaigns PRIMARY KEY (workspace_id, id),
    CONSTRAINT ck_marketing_campaigns__ends_after_start CHECK (end_date >= start_date),
    CONSTRAINT fk_marketing_campaigns__brand_id FOREIGN KEY(workspace_id, brand_id) REFERENCES brands (workspace_id, id) ON DELETE SET NULL (brand_id),
    CONSTRAINT fk_marketing_campaigns__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_marketing_campaigns__brand_id ON marketing_campaigns (workspace_id, brand_id);

CREATE INDEX ix_marketing_campaigns__start_date__end_date ON marketing_campaigns (workspace_id, start_date, end_date);

CREATE INDEX ix_marketing_campaigns__status ON marketing_campaigns (workspace_id, status);

CREATE TABLE marketing_leads (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    email CITEXT,
    first_name TEXT,
    last_name TEXT,
    company TEXT,
    phone TEXT,
    source TEXT,
    medium TEXT,
    campaign TEXT,
    campaign_id TEXT COLLATE "C",
    utm_params JSONB,
    score DOUBLE PRECISION DEFAULT 0 NOT NULL,
    grade "MarketingLeadGrade",
    status "MarketingLeadStatus" DEFAULT 'new'::"MarketingLeadStatus" NOT NULL,
    first_touch TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_touch TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    touch_count INTEGER DEFAULT 1 NOT NULL,
    page_views INTEGER DEFAULT 0 NOT NULL,
    engagement_score INTEGER DEFAULT 0 NOT NULL,
    converted_at TIMESTAMP WITH TIME ZONE,
    converted_value NUMERIC(18, 4),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_marketing_leads PRIMARY KEY (workspace_id, id),
    CONSTRAINT ck_marketing_leads__reachable CHECK (email IS NOT NULL OR phone IS NOT NULL),
    CONSTRAINT fk_marketing_leads__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES marketing_campaigns (workspace_id, id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT fk_marketing_leads__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_marketing_leads__campaign_id ON marketing_leads (workspace_id, campaign_id);

CREATE INDEX ix_marketing_leads__email ON marketing_leads (workspace_id, email);

CREATE INDEX ix_marketing_leads__score ON marketing_leads (workspace_id, score);

CREATE INDEX ix_marketing_leads__source__medium ON marketing_leads (workspace_id, source, medium);

CREATE INDEX ix_marketing_leads__status ON marketing_leads (workspace_id, status);

CREATE TABLE marketing_touchpoints (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    lead_id TEXT COLLATE "C" NOT NULL,
    campaign_id TEXT COLLATE "C",
    type "MarketingTouchpointType" NOT NULL,
    channel TEXT NOT NULL,
    url TEXT,
    referrer TEXT,
    device TEXT,
    location TEXT,
    session_id TEXT,
    event_data JSONB,
    attribution_weight DOUBLE PRECISION DEFAULT 0 NOT NULL,
    timestamp TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_marketing_touchpoints PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_marketing_touchpoints__campaign_id FOREIGN KEY(workspace_id, campaign_id) REFERENCES marketing_campaigns (workspace_id, id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT fk_marketing_touchpoints__lead_id FOREIGN KEY(workspace_id, lead_id) REFERENCES marketing_leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_marketing_touchpoints__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE INDEX ix_marketing_touchpoints__campaign_id ON marketing_touchpoints (workspace_id, campaign_id);

CREATE INDEX ix_marketing_touchpoints__channel__type ON marketing_touchpoints (workspace_id, channel, type);

CREATE INDEX ix_marketing_touchpoints__lead_id__timestamp ON marketing_touchpoints (workspace_id, lead_id, timestamp);

CREATE INDEX ix_marketing_touchpoints__timestamp ON marketing_touchpoints (workspace_id, timestamp);

CREATE TRIGGER touch BEFORE UPDATE ON marketing_campaigns FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON marketing_leads FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

UPDATE neonhub.schema_migrations SET version_num='20250129_add_marketing_tables' WHERE neonhub.schema_migrations.version_num = '20240107000000_gpt5_merge_vector';

COMMIT;
