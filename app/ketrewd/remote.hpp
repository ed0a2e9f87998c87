// The commands of `ketrewd` that a running daemon carries out: stop, status, reload, backends,
// backup. They are clients of its API, like `ketrew`.
#pragma once

#include <cstdio>
#include <string>

#include "app/ketrewd/command_line.hpp"
#include "core/api/client.hpp"

namespace ketrew::daemon {

// Whether `run_remote` is the one to carry it out.
bool is_remote(const CommandLine& line);

// Prints to `out`; an error is one line on `err`. Returns the exit code (core/api/failure.hpp).
// `stop` returns once the socket is gone and the process has left, or after `patience.answer`.
int run_remote(const CommandLine& line, const std::string& socket_path, FILE* out, FILE* err,
               bool colour, api::Patience patience = {});

}  // namespace ketrew::daemon
