#include "app/ketrew/workflow_view.hpp"

#include "app/ketrew/answer.hpp"
#include "app/ketrew/job_view.hpp"
#include "core/model/state.hpp"

namespace ketrew::client {
namespace {

std::size_t number(const Json& object, const char* key) {
  return static_cast<std::size_t>(std::max<std::int64_t>(0, integer_at(object, key).value_or(0)));
}

std::string name_of(const Json& standing) {
  const auto name = bytes_from_json(standing.value("name", Json("")));
  return name && !name->empty() ? escape_for_terminal(one_line(*name, 40)) : "-";
}

}  // namespace

std::string workflow_bar(const Json& standing, std::size_t width) {
  const Json& totals = object_at(standing, "totals");
  std::size_t under_way = 0;
  for (const State state : all_states)
    if (is_held_by_backend(state) || state == State::verifying || state == State::evaluating)
      under_way += number(totals, std::string(to_string(state)).c_str());
  const std::size_t jobs = number(standing, "jobs"), failed = number(standing, "failed");
  const std::size_t over = jobs - std::min(jobs, number(standing, "unfinished"));
  const std::size_t well = over - std::min(over, failed);
  std::string bar;
  const auto add = [&](std::size_t count, char sign) {
    if (count == 0 || bar.size() >= width) return;
    const std::size_t share = std::max<std::size_t>(1, count * width / std::max<std::size_t>(1, jobs));
    bar.append(std::min(share, width - bar.size()), sign);
  };
  add(well, '=');
  if (failed > 0 && bar.size() == width) bar.pop_back();  // failures are never hidden
  add(failed, 'x');
  add(under_way, '-');
  if (over == jobs && !bar.empty()) bar.insert(0, width - bar.size(), bar[0]);  // lost by rounding
  bar.resize(width, ' ');
  return "[" + bar + "]";
}

std::string workflow_table(const std::vector<Json>& standings, std::size_t width, bool colour) {
  std::vector<std::vector<Cell>> rows;
  for (const Json& each : standings) {
    const std::size_t jobs = number(each, "jobs"), unfinished = number(each, "unfinished");
    std::string totals = totals_line(object_at(each, "totals"), false);
    if (const auto never = number(each, "never_needed")) totals += ", " + std::to_string(never) + " never needed";
    rows.push_back({{name_of(each)},
                    {workflow_bar(each, 24)},
                    {std::to_string(jobs - std::min(jobs, unfinished)) + "/" + std::to_string(jobs)},
                    {escape_for_terminal(text_at(each, "id"))},
                    {totals}});
  }
  return render_table(rows, width, colour);
}

}  // namespace ketrew::client
