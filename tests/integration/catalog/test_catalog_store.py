"""The catalogue in PostgreSQL: what is installed is what is loaded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cc_common.catalog.store import install_catalog, load_catalog
from cc_common.core.errors import Conflict, NotFound
from cc_common.db import Database
from cc_common.simulator import PLANT, plant_in


def test_an_empty_database_has_no_catalogue(timeseries_db: Database) -> None:
    with pytest.raises(NotFound, match="No plant"):
        load_catalog(timeseries_db)


def test_the_catalogue_comes_back_as_it_was_installed(timeseries_db: Database) -> None:
    install_catalog(timeseries_db, PLANT)
    install_catalog(timeseries_db, PLANT)
    loaded = load_catalog(timeseries_db)
    assert loaded == PLANT
    assert loaded.version == PLANT.version


def test_every_machine_has_its_table_and_every_type_its_rollups(plant_db: Database) -> None:
    with plant_db.connection() as connection:
        tables = connection.execute(
            "SELECT schemaname, count(*) FROM pg_tables WHERE schemaname = 'rollup' OR tablename = ANY (%s) GROUP BY 1",
            [[m.id for m in PLANT.equipment]],
        ).fetchall()
    assert dict(tables) == {"public": 363, "rollup": 24}


def test_words_and_limits_may_change(timeseries_db: Database) -> None:
    install_catalog(timeseries_db, PLANT)
    renamed = replace(PLANT, equipment=(replace(PLANT.equipment[0], name="Big Chiller"), *PLANT.equipment[1:]))
    install_catalog(timeseries_db, renamed)
    assert load_catalog(timeseries_db).get("chiller_001").name == "Big Chiller"
    assert renamed.version != PLANT.version


def test_a_table_with_other_columns_is_refused(timeseries_db: Database) -> None:
    with timeseries_db.transaction() as connection:
        connection.execute("CREATE TABLE chiller_001 (ts timestamptz PRIMARY KEY, something real)")
    with pytest.raises(Conflict, match="chiller_001"):
        install_catalog(timeseries_db, PLANT)


def test_days_cannot_move_once_they_are_counted(plant_db: Database) -> None:
    with pytest.raises(Conflict, match="Asia/Kolkata"):
        install_catalog(plant_db, plant_in("Europe/Berlin"))


def test_lookups_name_what_is_near() -> None:
    with pytest.raises(NotFound, match="chiller_0"):
        PLANT.get("chiler_007")
    with pytest.raises(NotFound, match="power_consumption_kw"):
        PLANT.metric("chiller_001", "powr")
    with pytest.raises(NotFound, match="ahu"):
        PLANT.type("submarine")


@pytest.mark.parametrize("name", ["chiller 1", "Chiller 01", "CHILLER-1", "chiller_1"])
def test_what_is_called_so_is_the_first_to_be_named(name: str) -> None:
    with pytest.raises(NotFound, match="Did you mean chiller_001"):
        PLANT.get(name)
