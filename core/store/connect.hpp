// How connections to a home's database are made.
#pragma once

#include <memory>
#include <string>

#include "core/base/clock.hpp"
#include "core/store/sqlite.hpp"

namespace ketrew::store {

// All throw SqliteFailure.
// For writing: WAL, synchronous=FULL. Makes the file if it is absent.
std::unique_ptr<Connection> connect_writer(const std::string& path, Milliseconds busy_patience);
// For questions; it can write nothing.
std::unique_ptr<Connection> connect_reader(const std::string& path);
// For checkpoints, copies and archives.
std::unique_ptr<Connection> connect_helper(const std::string& path);

}  // namespace ketrew::store
