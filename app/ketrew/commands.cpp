#include "app/ketrew/command.hpp"

namespace ketrew::client {
namespace {

constexpr Command table[] = {
    {"submit", "Give the daemon a job, or one for each line of a file", submit},
    {"status", "Totals and a table of jobs, newest first", status},
    {"show", "Everything about one job", show},
    {"why", "Why a job waits, failed or is in doubt", why},
    {"logs", "A job's output", logs},
    {"query", "What else the backend can tell about a job", query},
    {"wait", "Wait until jobs have ended", wait},
    {"kill", "End jobs", kill},
    {"restart", "Run jobs again, as new jobs", restart},
    {"archive", "Move jobs that ended long ago out of the database", archive},
};

}  // namespace

std::span<const Command> commands() { return table; }

}  // namespace ketrew::client
