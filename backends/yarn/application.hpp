// One application as YARN tells of it, by the ResourceManager's REST interface or by the `yarn`
// command, and what that means for its job. Pure.
//
// Sources of the words: the enumerations YarnApplicationState and FinalApplicationStatus of Hadoop's
// org.apache.hadoop.yarn.api.records (3.3), and the numbers of ContainerExitStatus beside them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::yarn {

struct Application {
  std::string id, name, user, queue;
  std::string state, final_status;  // YARN's words
  std::string diagnostics;
  std::vector<std::string> tags;
  std::string node;            // of its ApplicationMaster
  std::uint32_t attempt = 0;   // of its ApplicationMaster, from 1; 0: not known, or it has had none
  bool attempt_told = false;   // by this source
  std::int64_t started_ms = 0, finished_ms = 0;  // submitted and ended; 0: not known
  std::optional<std::int64_t> containers;        // that run, its ApplicationMaster's included
  std::optional<std::int64_t> memory_seconds, vcore_seconds;  // MiB·s
  std::string wanted;          // containers that it has asked for and not been given, in words
  bool client_timeout = false;  // its client has said that it kills it for its -timeout
};

// How a job became an application.
enum class Mode {
  shell,        // its script in a container, which sees the playground: the exit file decides
  shell_apart,  // ... which does not see it: YARN's final status decides
  application,  // its program is the client of an application: YARN's final status decides
};
std::string_view to_string(Mode mode);  // "distributed-shell", ...
std::optional<Mode> parse_mode(std::string_view word);

// What a state of YARN means.
enum class Meaning { waiting, running, finished, failed, killed };
struct NativeState {
  std::string_view word;
  Meaning meaning;
  std::string_view says;  // for people
};
inline constexpr std::array<NativeState, 8> native_states = {{
    {"NEW", Meaning::waiting, "being created"},
    {"NEW_SAVING", Meaning::waiting, "being saved by the ResourceManager"},
    {"SUBMITTED", Meaning::waiting, "submitted"},
    {"ACCEPTED", Meaning::waiting, "accepted; its ApplicationMaster does not run yet"},
    {"RUNNING", Meaning::running, "its ApplicationMaster runs"},
    {"FINISHED", Meaning::finished, "its ApplicationMaster has said how it ended"},
    {"FAILED", Meaning::failed, "it ended without a word of its ApplicationMaster, or was rejected"},
    {"KILLED", Meaning::killed, "killed by a user, an administrator or the ResourceManager"},
}};
const NativeState* native_state(std::string_view word);

// What an ApplicationMaster said in the end; of an application that is FINISHED.
enum class Final { undefined, succeeded, failed, killed, mixed };
struct NativeFinal {
  std::string_view word;
  Final meaning;
};
inline constexpr std::array<NativeFinal, 5> native_finals = {{
    {"UNDEFINED", Final::undefined},
    {"SUCCEEDED", Final::succeeded},
    {"FAILED", Final::failed},
    {"KILLED", Final::killed},
    {"ENDED", Final::mixed},  // its parts ended in different ways
}};
std::optional<Final> native_final(std::string_view word);

// The states of what has not ended: REST and the command take such a list.
std::string live_states();

// "application_1795603099666_0001", nothing else.
bool is_application_id(std::string_view text);

// A word that is not in the tables is cannot-tell. `evidence` gets the words that decided.
sdk::batch::Row to_row(const Application& application, Mode mode, Evidence evidence);

}  // namespace ketrew::yarn
