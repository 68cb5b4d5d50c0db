"""Primary key tables are not served yet; they are refused when they are created, not later."""

import pyarrow as pa
import pytest

import fluss
from fluss_tables import path, raises_error
from wire import Error

SCHEMA = pa.schema([pa.field("id", pa.int32(), nullable=False), ("name", pa.string())])


@pytest.mark.millrace_only("the Java server serves primary key tables")
async def test_create(admin, database):
    descriptor = fluss.TableDescriptor(fluss.Schema(SCHEMA, primary_keys=["id"]), bucket_count=1)
    with raises_error(Error.INVALID_TABLE, "rimary key"):
        await admin.create_table(path(database), descriptor)
    assert await admin.list_tables(database) == []
