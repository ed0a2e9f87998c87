#include "core/model/filter.hpp"

namespace ketrew::filter {
namespace {

constexpr FieldInfo table[] = {
    {Field::id, Kind::text, "id", "the id, or the beginning of one"},
    {Field::name, Kind::text, "name", "the job's name"},
    {Field::backend, Kind::text, "backend", "the backend's name"},
    {Field::host, Kind::text, "host", "the host URI"},
    {Field::tag, Kind::text, "tag", "one of its tags"},
    {Field::state, Kind::states, "state", "running, queued, failed, ..."},
    {Field::status, Kind::states, "status", "activable, in-progress, successful, failed"},
    {Field::failure, Kind::number, "class", "of a failure: exit, signal, out-of-memory, ..."},
    {Field::phase, Kind::text, "phase", "the backend's own word for a running job"},
    {Field::message, Kind::text, "message", "how it ended, in words"},
    {Field::reason, Kind::text, "reason", "why it waits, or why nothing is known"},
    {Field::attempt, Kind::number, "attempt", "the number of its newest attempt"},
    {Field::exit_code, Kind::number, "exit-code", "0 to 255"},
    {Field::signal, Kind::number, "signal", "the number of the signal that ended it"},
    {Field::age, Kind::duration, "age", "since it was submitted"},
    {Field::took, Kind::duration, "took", "from its start to its end, or to now"},
    {Field::since_end, Kind::duration, "since-end", "since its end was noticed"},
    {Field::submitted, Kind::time, "submitted", "when it was submitted"},
    {Field::started, Kind::time, "started", "when its newest attempt started"},
    {Field::finished, Kind::time, "finished", "when its end was noticed"},
    {Field::root_failure, Kind::flag, "root-failure", "failed, and not because a dependency did"},
    {Field::in_doubt, Kind::flag, "in-doubt", "whether it was started is not known"},
    {Field::set_aside, Kind::flag, "set-aside", "it crashes its backend"},
    {Field::orphan, Kind::flag, "orphan", "passive, and nothing can activate it any more"},
    {Field::workflow, Kind::text, "workflow", "its workflow's name or id"},
};

}  // namespace

std::span<const FieldInfo> fields() { return table; }

const FieldInfo& info(Field field) {
  // The table is in the order of the enumeration; a test holds it to that.
  return table[static_cast<std::size_t>(field)];
}

StateSet root_failures() {
  StateSet states = 0;
  for (const State state : all_states)
    if (status_of(state) == Status::failed && state != State::dependency_failed)
      states |= bit(state);
  return states;
}

}  // namespace ketrew::filter
