// Keys in the form in which a data lake hashes them into buckets (docs/formats/rows.md).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "schema/cell.h"
#include "schema/data_type.h"
#include "schema/value_form.h"

namespace millrace::schema {

// The contracts of KeyCodec's Encode() and Decode(). `forms` and `types` are those of the columns.
void EncodePaimonKey(std::span<const ColumnForm> forms, const Cell* cells, std::string& to);
Result<void> DecodePaimonKey(std::span<const ColumnForm> forms, std::span<const DataType> types,
                             Bytes key, Cell* cells);

// Whether ICEBERG has keys of such columns: one, and not of every type.
bool IsIcebergKey(std::span<const DataType> types);
void EncodeIcebergKey(const DataType& type, Cell cell, std::string& to);
Result<void> DecodeIcebergKey(const DataType& type, Bytes key, Cell& cell);

}  // namespace millrace::schema
