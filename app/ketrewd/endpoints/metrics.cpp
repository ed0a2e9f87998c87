// GET /metrics: Prometheus' text format, version 0.0.4.
#include <unistd.h>

#include "app/ketrewd/service.hpp"
#include "core/base/file.hpp"

namespace ketrew::daemon {
namespace {

std::int64_t resident_bytes() {
  const auto text = read_file("/proc/self/statm", 256);
  if (!text) return 0;
  const auto parts = split(*text, ' ');
  return parts.size() > 1 ? std::strtoll(parts[1].c_str(), nullptr, 10) * ::sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace

void endpoint::metrics(Service& service, Request, Responder responder) {
  std::string text;
  const auto head = [&](const char* name, const char* type, const char* help) {
    text += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
  };
  head("ketrew_jobs_unfinished", "gauge", "Unfinished jobs by backend and state.");
  for (const auto& backend : service.engine.backends().all)
    for (const State state : all_states)
      if (!is_final(state))
        text += "ketrew_jobs_unfinished{backend=\"" + backend.name + "\",state=\"" +
                std::string(to_string(state)) + "\"} " +
                std::to_string(backend.counts[static_cast<std::size_t>(state)]) + "\n";
  head("ketrew_backend_ready", "gauge", "1 while the backend's process answers.");
  for (const auto& view : service.dispatcher.views())
    text += "ketrew_backend_ready{backend=\"" + view.name + "\"} " +
            (view.state == "ready" ? "1" : "0") + "\n";
  head("ketrew_backend_restarts_total", "counter", "Times that a backend's process was replaced.");
  for (const auto& view : service.dispatcher.views())
    text += "ketrew_backend_restarts_total{backend=\"" + view.name + "\"} " +
            std::to_string(view.restarts) + "\n";
  const auto single = [&](const char* name, const char* type, const char* help, std::int64_t value) {
    head(name, type, help);
    text += std::string(name) + " " + std::to_string(value) + "\n";
  };
  single("ketrew_jobs_submitted_total", "counter", "Jobs accepted since the daemon started.",
         static_cast<std::int64_t>(service.submitted));
  single("ketrew_store_writable", "gauge", "0 while the database cannot be written.",
         service.store.problem().empty() ? 1 : 0);
  single("ketrew_event_listeners", "gauge", "Open event streams.",
         static_cast<std::int64_t>(service.events.listeners()));
  single("ketrew_start_time_seconds", "gauge", "When the daemon started, in Unix time.",
         unix_milliseconds(service.started_at) / 1000);
  single("process_resident_memory_bytes", "gauge", "Resident memory of the daemon.", resident_bytes());
  read<store::Totals>(
      service, [](store::Reader& reader) { return reader.totals(); },
      [answer = answer_later(std::move(responder)), text = std::move(text)](
          Result<store::Totals> totals) mutable {
        if (totals) {
          text += "# HELP ketrew_jobs Jobs by state, the finished ones included.\n"
                  "# TYPE ketrew_jobs gauge\n";
          for (const State state : all_states)
            text += "ketrew_jobs{state=\"" + std::string(to_string(state)) + "\"} " +
                    std::to_string((*totals)[static_cast<std::size_t>(state)]) + "\n";
        }
        answer->respond(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
      });
}

}  // namespace ketrew::daemon
