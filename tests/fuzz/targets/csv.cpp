#include "core/workflow/csv.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(csv) {
  for (const char separator : {',', '\t'}) {
    const auto read = workflow::parse_csv(input, "samples.csv", separator, 1000);
    if (!read) continue;
    must(read->rows.size() <= 1000, "no more rows than asked for");
    for (const auto& row : read->rows)
      must(row.size() == read->header.size(), "a row is as long as the header");
  }
}
