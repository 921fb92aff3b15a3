"""`neonhub db doctor`, as an operator types it."""

from __future__ import annotations

import psycopg

from tests.cli.homes import Home


def test_a_well_database_ends_with_0_and_an_ill_one_with_1(empty_home: Home) -> None:
    home = empty_home  # in the one that all share, others' rows were never analysed
    # Statements are not looked at before --enable: it cannot be said that none is slow.
    well = home.json("db", "doctor", code=2)
    assert [each for each in well["findings"] if each["severity"] != "advice"] == []
    assert well["figures"]["connections"]["used"] >= 1
    assert "neonhub db doctor --enable" in home.run("db", "doctor").stdout

    with psycopg.connect(home.dsn(), autocommit=True) as conn:
        enabled = home.run("db", "doctor", "--enable")
        assert "Made the extension pg_stat_statements." in enabled.stderr
        assert "unjudged" not in enabled.stdout
        # What it looks with is no drift, and opens nothing.
        assert home.json("db", "drift")["findings"] == []
        assert home.json("db", "preflight", "--only", "0009", "--only", "8")["broken"] == []
        conn.execute("CREATE TABLE dying (n int) WITH (autovacuum_enabled = off)")
        conn.execute("INSERT INTO dying SELECT generate_series(1, 4000)")
        conn.execute("DELETE FROM dying WHERE n > 1000")
        conn.execute("SELECT count(*) FROM dying")
        conn.execute("SELECT pg_stat_force_next_flush()")
        ill = home.run("db", "doctor")
        assert ill.returncode == 1
        assert "slow    dead-rows  dying\n        3,000 dead rows" in ill.stdout
        assert "          VACUUM (ANALYZE) dying" in ill.stdout
        assert "most time in all" in ill.stdout

        conn.execute("VACUUM (ANALYZE) dying")
        assert home.run("db", "doctor").returncode == 0
        conn.execute("DROP TABLE dying; DROP EXTENSION pg_stat_statements, pgstattuple")


def test_what_cannot_be_reached_ends_with_2(home: Home) -> None:
    gone = home.run("db", "doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:1/x")
    assert gone.returncode == 2
    assert "cannot be reached" in gone.stderr
