// Reading what a backend's query gives, which may be a file that is long or still grows.
#pragma once

#include "app/ketrew/command.hpp"

namespace ketrew::client {

struct Piece {
  std::string bytes;
  std::int64_t offset = 0;           // of the first of them
  std::optional<std::int64_t> size;  // of the whole; none: the backend does not tell: this is it
  Json document;                     // as it came
};
// A negative offset counts from the end.
Try<Piece> read_piece(Context& context, const std::string& id, const std::string& query,
                      std::int64_t offset, std::int64_t limit);
// All of it from `offset` on, printed piece by piece as it is. `offset` then says how far it got,
// also where it failed on the way.
Try<bool> print_output(Context& context, const std::string& id, const std::string& query,
                       std::int64_t& offset);

}  // namespace ketrew::client
