// The answers of our shell texts about many jobs: pieces that begin with a line `MARK word ...`. The
// mark is new for each command, so that nothing a scheduler or a job prints can be taken for one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::sdk::batch {

std::string new_mark();

struct MarkedPiece {
  std::string head;  // the rest of the mark's line: "exit here", "out"
  std::string text;  // up to the next mark, byte for byte
};
// The pieces of each job, in order: those after its "MARK job TOKEN". A job counts only where its
// "MARK done" was seen.
std::map<std::string, std::vector<MarkedPiece>> read_marked(std::string_view text,
                                                            std::string_view mark);

}  // namespace ketrew::sdk::batch
