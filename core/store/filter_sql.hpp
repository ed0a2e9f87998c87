// A filter as SQL that means what `filter::matches` means.
#pragma once

#include <string>
#include <vector>

#include "core/model/filter.hpp"
#include "core/store/sqlite.hpp"
#include "core/store/store.hpp"

namespace ketrew::store {

// A boolean expression over `jobs AS j` and `progress AS p`, with a `?` for each of `texts`.
struct FilterSql {
  std::string expression;
  std::vector<std::string> texts;

  // Binds `texts` in their order; they must live until the statement has run.
  void bind(Query& query) const;
};
FilterSql to_sql(const filter::Filter& filter, Wall now);

// What must hold anyway, as far as the selection has words (and so indexes) for it.
Selection narrowed(Selection selection, const filter::Filter& filter, Wall now);

// Makes `ketrew_like(text, pattern)` known to a connection: the meaning of `~`. Throws SqliteFailure.
void add_filter_functions(Connection& db);

}  // namespace ketrew::store
