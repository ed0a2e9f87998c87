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
    {"failures", "Jobs that failed, those together that failed in the same words", failures},
    {"pause", "Start nothing new of a job, a workflow, a host or a backend", pause},
    {"resume", "End a pause", resume},
    {"set", "Say how a job ended, where the truth is lost", set},
    {"graph", "A workflow, or what hangs together with a job, as text, dot or mermaid", graph},
    {"doctor", "Find what database, schedulers and playgrounds do not agree about, and mend it", doctor},
    {"archive", "Move jobs that ended long ago out of the database", archive},
};

}  // namespace

std::span<const Command> commands() { return table; }

}  // namespace ketrew::client
