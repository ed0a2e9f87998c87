#include "app/ketrew/watcher.hpp"

#include <thread>

#include "app/ketrew/answer.hpp"

namespace ketrew::client {
namespace {

// More ids than this make a long request; all events are cheaper then.
constexpr std::size_t max_ids = 50;

Target events_target(const std::vector<std::string>& ids) {
  Target target("/v1/events");
  if (ids.size() <= max_ids)
    for (const auto& id : ids) target.query("id", id);
  return target;
}

}  // namespace

Watcher::Watcher(Context& context, std::vector<std::string> ids)
    : context_(context), target_(events_target(ids)) {}

Try<bool> Watcher::open() {
  auto client = context_.client();
  if (!client) return stop(std::move(client.error()));
  auto stream = (*client)->events(target_, last_id_);
  if (!stream) return stop(std::move(stream.error()));
  stream_.emplace(std::move(*stream));
  return true;
}

Try<Watcher::Next> Watcher::reopen(Mono deadline) {
  auto client = context_.client();
  if (!client) return stop(std::move(client.error()));
  if (!away_since_) away_since_ = MonoClock::now();
  Milliseconds pause(20);
  while (true) {
    auto stream = (*client)->events(target_, last_id_);
    if (stream) {
      stream_.emplace(std::move(*stream));
      away_since_.reset();
      return Next{{}, true};
    }
    const auto kind = stream.error().kind;
    if (kind == api::Failure::Kind::refused || kind == api::Failure::Kind::broken ||
        MonoClock::now() >= *away_since_ + context_.patience().away)
      return stop(std::move(stream.error()));
    if (MonoClock::now() >= deadline) return Next{};
    std::this_thread::sleep_for(std::min(pause, deadline - MonoClock::now()));
    pause = std::min(pause * 2, Milliseconds(500));
  }
}

Try<Watcher::Next> Watcher::next(Mono deadline) {
  while (true) {
    if (!stream_) return reopen(deadline);
    auto event = stream_->next(deadline);
    if (!event) {
      if (event.error().kind != api::Failure::Kind::lost) return stop(std::move(event.error()));
      stream_.reset();
      continue;
    }
    if (!*event) return Next{};
    last_id_ = (*event)->id;
    if ((*event)->name != "transition") continue;
    Json data = Json::parse((*event)->data, nullptr, false);
    Transition transition{text_at(data, "job"), text_at(data, "from"),
                          text_at(data, "to"),  text_at(data, "reason"),
                          time_at(data, "at"),  integer_at(data, "attempt").value_or(0),
                          std::move(data)};
    return Next{std::move(transition), false};
  }
}

}  // namespace ketrew::client
