#include "core/model/host_uri.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(host_uri) {
  const auto read = parse_host_uri(std::string(input));
  if (!read) return;
  const auto again = parse_host_uri(read->text());
  must(again.has_value(), "its text is a host again");
  must(*again == *read, "the same host");
  must(!read->playground.empty() && read->playground[0] == '/', "a playground is absolute");
  must(read->is_local() || (read->hostname[0] != '-' && (read->user.empty() || read->user[0] != '-')),
       "ssh does not take it for an option");
}
