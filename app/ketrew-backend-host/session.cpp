#include "app/ketrew-backend-host/session.hpp"

#include <cerrno>

#include <unistd.h>

#include "core/protocol/line_reader.hpp"

namespace ketrew::backend_host {
namespace {

using protocol::ErrorCode;

constexpr std::size_t most_workers = 64;  // lanes that are served at the same time
constexpr Milliseconds leave_grace{10'000};
constexpr std::string_view control_lane;  // of calls that have no host

const Method& destroy_marker() {  // a task of ours: the instance goes where it was made
  static const Method method{"(destroy)", 0, Shape::once, false, false, "{}"};
  return method;
}

ErrorCode code_of(ketrew_status status) {
  if (status == KETREW_UNKNOWN_METHOD) return ErrorCode::unknown_method;
  if (status == KETREW_INVALID) return ErrorCode::invalid_params;
  return ErrorCode::failed;
}

}  // namespace

Session::Session(const ketrew_backend_descriptor& backend,
                 std::vector<const ketrew_backend_descriptor*> required, Output& output)
    : backend_(backend),
      required_(std::move(required)),
      output_(output),
      services_{sizeof(ketrew_host_services), 0, this, &log, &changed, &find_module},
      lanes_((backend.flags & KETREW_CONCURRENT_HOSTS) != 0 ? most_workers : 1,
             [this](std::vector<Task> batch) { run(std::move(batch)); }) {}

int Session::serve(int input) {
  protocol::LineReader reader;
  std::vector<char> buffer(std::size_t{256} << 10);
  while (!shutdown_ && !output_.broken()) {
    const ssize_t got = read(input, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const auto fed = reader.feed({buffer.data(), static_cast<std::size_t>(got)});
    while (!shutdown_) {
      const auto line = reader.next();
      if (!line) break;
      take_line(*line);
    }
    if (!fed) {
      std::string error;
      protocol::append_error(error, "null", ErrorCode::parse_error, fed.error().text());
      output_.add(error);
      break;
    }
  }
  return leave();
}

void Session::take_line(std::string_view line) {
  if (trim(line).empty()) return;
  const auto message = protocol::parse_message(line);
  if (!message) {
    const bool is_json = protocol::check_json(line).has_value();
    std::string error;
    protocol::append_error(error, "null",
                           is_json ? ErrorCode::invalid_request : ErrorCode::parse_error,
                           message.error().text());
    return output_.add(error);
  }
  if (const auto* request = std::get_if<protocol::Request>(&*message)) take_request(*request);
  // Answers and notifications have nothing to say to a backend of this version.
}

void Session::take_request(const protocol::Request& request) {
  const auto refuse = [&](ErrorCode code, std::string_view why) {
    std::string error;
    protocol::append_error(error, request.id, code, why);
    output_.add(error);
  };
  const Method* method = find_method(request.method);
  if (!method)
    return refuse(ErrorCode::unknown_method,
                  "no method \"" + one_line(request.method, 60) + "\" in this protocol");
  Task task{method, std::string(request.id), std::string(request.params)};
  const std::string_view name = method->name;
  if (name == "shutdown") {
    shutdown_ = std::move(task);
    return;
  }
  std::string lane(control_lane);
  {
    const std::lock_guard lock(phase_mutex_);
    if (name == "initialize") {
      if (phase_ != Phase::fresh)
        return refuse(ErrorCode::invalid_request, "initialize came twice");
      phase_ = Phase::initializing;
    } else if (phase_ == Phase::fresh) {
      return refuse(ErrorCode::invalid_request, "initialize must come first");
    }
  }
  if (method->has_host) {
    const auto params = protocol::scan_checked_object(request.params);
    const auto host = protocol::scan_string(params ? params->find("host").value_or("") : "");
    if (!host) return refuse(ErrorCode::invalid_params, "\"host\" is missing or no text");
    lane = *host;
    // No host has such a byte.
    if ((backend_.flags & KETREW_CONCURRENT_CALLS) != 0)
      lane.append({'\0', static_cast<char>(method->kind)});
  }
  lanes_.add(lane, std::move(task));
}

void Session::answer(const Task& task, const Answer& answer) {
  std::string line;
  if (answer.status == KETREW_OK)
    protocol::append_response(line, task.id, answer.text);
  else
    protocol::append_error(line, task.id, code_of(answer.status), answer.text);
  output_.add(line);
}

void Session::run(std::vector<Task> batch) {
  const Task& first = batch.front();
  const std::string_view name = first.method->name;
  if (first.method == &destroy_marker()) {
    if (shutdown_)
      answer(*shutdown_, instance_ ? instance_->call(*shutdown_->method, "{}")
                                   : Answer{KETREW_OK, "{}"});
    instance_.reset();
    return;
  }
  if (name == "initialize") return run_initialize(first);
  wait_until_initialized();
  if (phase_ == Phase::failed) {
    for (const Task& task : batch) answer(task, {KETREW_FAILED, "initialize has failed"});
  } else if (first.method->shape == Shape::batched) {
    run_batched(batch);
  } else {
    answer(first, instance_->call(*first.method, first.params));
  }
}

void Session::run_initialize(const Task& task) {
  Answer given;
  if (auto made = Instance::create(backend_, services_); made) {
    instance_.emplace(std::move(*made));
    given = instance_->call(*task.method, task.params);
  } else {
    given.text = made.error().text();
  }
  answer(task, given);
  {
    const std::lock_guard lock(phase_mutex_);
    phase_ = given.status == KETREW_OK ? Phase::ready : Phase::failed;
    output_.add(early_changes_);
    early_changes_.clear();
  }
  phase_changed_.notify_all();
}

void Session::wait_until_initialized() {
  std::unique_lock lock(phase_mutex_);
  phase_changed_.wait(lock, [this] { return phase_ == Phase::ready || phase_ == Phase::failed; });
}

void Session::run_batched(const std::vector<Task>& batch) {
  std::string request = "[";
  for (const Task& task : batch) {
    if (request.size() > 1) request += ',';
    request += task.params;
  }
  request += ']';
  Answer given = instance_->call(*batch.front().method, request);
  std::vector<std::string_view> parts;
  if (given.status == KETREW_OK) {
    auto scanned = protocol::scan_checked_array(given.text);
    if (scanned && scanned->size() == batch.size())
      parts = std::move(*scanned);
    else
      given = {KETREW_FAILED, "the backend did not give an answer for each request"};
  }
  std::string lines;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (given.status == KETREW_OK)
      protocol::append_response(lines, batch[i].id, parts[i]);
    else
      protocol::append_error(lines, batch[i].id, code_of(given.status), given.text);
  }
  output_.add(lines);
}

// What was not begun stays undone where it would change something: nobody waits for the answer, and
// the next process may be asked for the same. Jobs go on in any case.
int Session::leave() {
  const auto dropped = lanes_.take_out([](const Task& task) {
    const std::string_view name = task.method->name;
    return name == "start" || name == "kill";
  });
  for (const Task& task : dropped) answer(task, {KETREW_FAILED, "not done: leaving"});
  bool idle = lanes_.wait_idle(leave_grace);
  if (idle) {
    lanes_.add(std::string(control_lane), Task{&destroy_marker(), {}, {}});
    idle = lanes_.wait_idle(leave_grace);
  }
  if (!idle) {
    log_line(KETREW_LOG_WARNING, "left while a call was still going on");
    _exit(0);  // its thread cannot be stopped in any better way
  }
  return 0;
}

void Session::log(void*, int32_t level, ketrew_text text) {
  log_line(level, text.size ? std::string_view(text.data, text.size) : std::string_view());
}

void Session::changed(void* context, ketrew_text tokens) {
  auto& self = *static_cast<Session*>(context);
  const std::string_view text =
      tokens.size ? std::string_view(tokens.data, tokens.size) : std::string_view();
  if (!protocol::scan_array(text) || text.find('\n') != std::string_view::npos)
    return log_line(KETREW_LOG_ERROR,
                    "the backend called `changed` with something else than a list");
  std::string line;
  protocol::append_notification(line, "changed", R"({"ids":)" + std::string(text) + '}');
  {
    const std::lock_guard lock(self.phase_mutex_);
    if (self.phase_ != Phase::ready) {
      self.early_changes_ += line;
      return;
    }
  }
  self.output_.add(line);
}

const ketrew_backend_descriptor* Session::find_module(void* context, const char* name) {
  const auto& self = *static_cast<const Session*>(context);
  for (const ketrew_backend_descriptor* module : self.required_)
    if (name && std::string_view(module->name) == name) return module;
  return nullptr;
}

}  // namespace ketrew::backend_host
