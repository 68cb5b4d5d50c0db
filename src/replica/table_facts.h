// What a replica has to know of its table. Immutable and shared; a change of the table makes a new
// one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "kv/table_format.h"
#include "replica/probe.h"
#include "schema/schema.h"
#include "schema/table_config.h"

namespace millrace::replica {

struct TableFacts {
  TablePath path;
  TableId id;
  // Every schema the table ever had: batches name the one they were written with.
  std::map<SchemaId, std::shared_ptr<const schema::Schema>> schemas;
  schema::TableConfig config;
  std::vector<std::string> partition_keys;
  std::shared_ptr<TableProbe> probe;
  // Of primary-key tables: how their rows are kept. Null for log tables.
  std::shared_ptr<const kv::TableFormat> rows;

  // Null for an id the table never had.
  const schema::Schema* SchemaOf(SchemaId schema_id) const {
    auto it = schemas.find(schema_id);
    return it == schemas.end() ? nullptr : it->second.get();
  }
};

}  // namespace millrace::replica
