// Everything a backend in C++ needs. Derive from `ketrew::sdk::Backend<State>` with your own state
// type, say what it does, and register it with one line:
//
//   struct Ticket { std::string number; };
//   NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Ticket, number)
//
//   class Office : public ketrew::sdk::Backend<Ticket> {
//     StartResult start(const StartRequest& request) override;
//     FindResult find(const FindRequest& request) override;
//     void update(const HostUri& host, std::span<Job> jobs) override;
//     void kill(const HostUri& host, std::span<KillJob> jobs) override;
//   };
//   KETREW_BACKEND(Office, "office", "1.0")
//
// backends/sdk/template is a whole project; backends/README.md says what each answer means.
#pragma once

#include "backends/sdk/backend.hpp"
#include "backends/sdk/delegate.hpp"
#include "backends/sdk/options.hpp"
#include "backends/sdk/registration.hpp"

// Commands and files on this machine or over ssh; the folder of an attempt; the script that runs a
// program once and leaves proof of how it ended.
#include "core/host/exit_record.hpp"
#include "core/host/host.hpp"
#include "core/host/monitored_script.hpp"
#include "core/host/playground.hpp"
