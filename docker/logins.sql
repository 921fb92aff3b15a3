-- Run once, when the volume is empty: the two logins that the services use, so that no step after
-- this one needs a password in a command. `neonhub db migrate` makes the other roles, and takes
-- these two as they are.
\getenv app NEONHUB_APP_PASSWORD
\getenv migrate NEONHUB_MIGRATE_PASSWORD
CREATE ROLE neonhub_app LOGIN PASSWORD :'app';
CREATE ROLE neonhub_migrate LOGIN PASSWORD :'migrate';
