// The key by which the daemon recognises the repeat of a submission.
#pragma once

#include "app/ketrew/command.hpp"

namespace ketrew::client {

std::string random_key();
// What it takes to be sent in a header.
Try<bool> check_key(const std::string& key);
// Where the answer was lost: how to ask again without a second submission.
Stop with_key(Stop why, const std::string& key);

}  // namespace ketrew::client
