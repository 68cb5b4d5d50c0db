"""Databases: create, list, describe, drop."""

import time

import fluss
import pytest

from fluss_tables import create_table, path, raises_error
from wire import Error

COLUMNS = [("id", "int32")]


async def test_fresh_server_has_the_default_database(admin):
    assert await admin.database_exists("fluss")
    assert "fluss" in await admin.list_databases()


async def test_create_exists_list_drop(admin, database_name):
    assert not await admin.database_exists(database_name)
    await admin.create_database(database_name)
    assert await admin.database_exists(database_name)
    assert database_name in await admin.list_databases()
    await admin.drop_database(database_name)
    assert not await admin.database_exists(database_name)
    assert database_name not in await admin.list_databases()


async def test_info_returns_what_was_given(admin, database_name):
    before_ms = int(time.time() * 1000)
    properties = {"owner": "the mill", "größe": "1 GB", "quote": '"\\'}
    await admin.create_database(database_name, fluss.DatabaseDescriptor("grain – and water", properties))
    after_ms = int(time.time() * 1000)

    info = await admin.get_database_info(database_name)
    assert info.database_name == database_name
    assert info.get_database_descriptor().comment == "grain – and water"
    assert info.get_database_descriptor().get_custom_properties() == properties
    assert before_ms <= info.created_time <= after_ms
    assert info.modified_time == info.created_time
    await admin.drop_database(database_name)


async def test_info_without_comment(admin, database):
    descriptor = (await admin.get_database_info(database)).get_database_descriptor()
    assert descriptor.comment is None
    assert descriptor.get_custom_properties() == {}


async def test_create_twice(admin, database):
    with raises_error(Error.DATABASE_ALREADY_EXIST, database):
        await admin.create_database(database)
    await admin.create_database(database, fluss.DatabaseDescriptor("other"), ignore_if_exists=True)
    descriptor = (await admin.get_database_info(database)).get_database_descriptor()
    assert descriptor.comment is None, "ignore_if_exists must leave the database as it is"


async def test_missing_database(admin):
    with raises_error(Error.DATABASE_NOT_EXIST, "nowhere"):
        await admin.get_database_info("nowhere")
    with raises_error(Error.DATABASE_NOT_EXIST, "nowhere"):
        await admin.drop_database("nowhere")
    with raises_error(Error.DATABASE_NOT_EXIST, "nowhere"):
        await admin.list_tables("nowhere")
    await admin.drop_database("nowhere", ignore_if_not_exists=True)


@pytest.mark.parametrize("name", ["", "a b", "a.b", "ä", "__internal", "a" * 201])
async def test_invalid_name(admin, name):
    with raises_error(Error.INVALID_DATABASE):
        await admin.create_database(name)


@pytest.mark.parametrize("name", ["A-b_9", "_", "a" * 200])
async def test_valid_name(admin, name):
    await admin.create_database(name)
    assert name in await admin.list_databases()
    await admin.drop_database(name)


async def test_drop_with_and_without_cascade(connection, admin, database):
    await create_table(connection, path(database), COLUMNS)
    with raises_error(Error.DATABASE_NOT_EMPTY, database):
        await admin.drop_database(database, cascade=False)
    assert await admin.list_tables(database) == ["log"]

    await admin.drop_database(database, cascade=True)
    assert not await admin.database_exists(database)
    assert not await admin.table_exists(path(database))


async def test_recreated_database_is_empty(connection, admin, database):
    await create_table(connection, path(database), COLUMNS)
    await admin.drop_database(database)
    await admin.create_database(database)
    assert await admin.list_tables(database) == []
