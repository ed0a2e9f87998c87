// What the endpoints work with: the daemon's parts, and the few things that several endpoints do.
// One file an endpoint in endpoints/; routes.cpp says which request goes to which. On the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/ketrewd/conditions.hpp"
#include "app/ketrewd/conductor.hpp"
#include "app/ketrewd/dispatcher.hpp"
#include "app/ketrewd/event_hub.hpp"
#include "app/ketrewd/http_server.hpp"
#include "app/ketrewd/submission.hpp"
#include "app/ketrewd/turns.hpp"
#include "core/engine/engine.hpp"
#include "core/profile/profile.hpp"
#include "core/store/store.hpp"

namespace ketrew::daemon {

class PlaygroundRemoval;

// Runs work that would hold up the loop on a thread of its own, in order.
class Worker {
 public:
  virtual ~Worker() = default;
  virtual void run(std::function<void()> work) = 0;
};

struct Service {
  boost::asio::io_context& loop;
  engine::Engine& engine;
  store::Store& store;
  Conductor& conductor;
  Dispatcher& dispatcher;
  Conditions& conditions;
  EventHub& events;
  Worker& worker;

  std::shared_ptr<const profile::Profile> profile;  // replaced as a whole by a reload
  std::string home;
  Turns graph_turns;  // of requests that refer to other jobs
  Wall started_at{};
  JobIdSource ids;
  JobKey last_key = 0;
  std::uint64_t submitted = 0;  // jobs accepted since the start
  std::shared_ptr<OptionsCheck> options = std::make_shared<OptionsCheck>();

  // Reads the profile again and replaces what changed; later calls `done` with the answer.
  std::function<void(std::function<void(Json)> done)> reload;
  std::function<void()> stop;
  std::shared_ptr<PlaygroundRemoval> removal = {};  // from the first on that is to be removed

  // The playground of jobs that name no host.
  std::string default_host() const;
  // What submissions are held against.
  SubmissionContext submission_context();
  // What people should know now: disk full, backends down, rows set aside.
  std::vector<std::string> problems() const;
};

// Answers that are shared by what runs later.
using Answer = std::shared_ptr<Responder>;
inline Answer answer_later(Responder responder) {
  return std::make_shared<Responder>(std::move(responder));
}
void respond_json(Responder& responder, const Json& json, int status = 200);
// The same for a document of `size` parts: a large one is made by the worker.
void respond_large(Service& service, const Answer& answer, std::size_t size, std::function<Json()> make,
                   int status = 200);

// Runs `question` on a reader's thread, then `then` with its result on the loop.
void post_to_loop(Service& service, std::function<void()> work);
template <class T>
void read(Service& service, std::function<Result<T>(store::Reader&)> question,
          std::function<void(Result<T>)> then) {
  service.store.read([&service, question = std::move(question), then = std::move(then)](
                         store::Reader& reader) mutable {
    auto result = std::make_shared<Result<T>>(question(reader));
    post_to_loop(service, [result, then = std::move(then)] { then(std::move(*result)); });
  });
}

// As people know them: [{"kind", "what"}, ...]; without jobs that are over.
Json pauses_json(store::Reader& reader, const std::set<Pause>& pauses);

using Endpoint = void(Service&, Request, Responder);
namespace endpoint {
Endpoint submit, list_jobs, status, show, history, why, log, queries, query, kill, restart, backends,
    backend, events, metrics, submit_workflow, workflows, workflow, graph, set,
    pause, resume, failures, doctor, reload, stop, archive, backup, openapi;
}

// The whole table; 404 and 405 (with Allow) for what is not in it.
void route(Service& service, Request request, Responder responder);

// The last segment but `from_end` names a job: its key, read by prefix.
void with_job(Service& service, const std::string& id, Answer answer,
              std::function<void(JobKey)> then);

}  // namespace ketrew::daemon
