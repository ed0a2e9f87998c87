#include "tests/unit/batch/toy.hpp"

#include <cstdlib>
#include <filesystem>

#include "core/base/file.hpp"
#include "core/base/text.hpp"

namespace ketrew::sdk::batch {
namespace {

class Toy : public Scheduler {
 public:
  Result<> initialize(const SiteOptions& site) override {
    has_history_ = site.own.value("history", false);
    serves_nameless_ = site.own.value("nameless", false);
    return {};
  }
  OptionsSchema options() const override { return {}; }
  ForeignVariables foreign_variables() const override { return {{"TOY_"}, {"TOY_KEPT"}}; }

  Result<Submission> submission(const StartRequest& request,
                                const host::Playground& place) const override {
    if (request.options.contains("bad")) return fail(ErrorKind::invalid, "bad: not an option");
    Submission submission;
    submission.restart_count = "${RESTARTS:-0}";
    submission.own_id = "${TOY_ID-}";
    const Json records = request.options.value("records", Json(""));
    submission.records = records.is_string() ? std::optional(records.get<std::string>()) : std::nullopt;
    submission.command = "toy-sub " + request.token + " " + shell_quote(place.script());
    return submission;
  }
  SubmitAnswer read_submission(const ShellOutput& output) const override {
    const auto words = split(trim(output.out), ' ');
    if (output.exit_code == 0 && words.size() == 2 && words[0] == "id")
      return Submitted{words[1], {}};
    if (words[0] == "no") return Refused{false, output.out};
    if (words[0] == "never") return Refused{true, output.out};
    return InDoubt{"toy-sub: " + one_line(output.out + output.err)};
  }

  std::string find_command(std::span<const FindRequest>) const override { return "toy-queue find"; }
  Answer read_find(const ShellOutput& output, std::span<const FindRequest>) const override {
    return read(output, "toy-queue find");
  }
  std::string queue_command(std::span<const AskedJob> jobs) const override {
    return "ketrew_limited toy-queue" + ids(jobs);
  }
  Answer read_queue(const ShellOutput& output, std::span<const AskedJob>) const override {
    return read(output, "toy-queue");
  }
  std::optional<std::string> history_command(std::span<const AskedJob> jobs) const override {
    if (!has_history_) return std::nullopt;
    return "toy-history" + ids(jobs);
  }
  Answer read_history(const ShellOutput& output, std::span<const AskedJob>) const override {
    return read(output, "toy-history");
  }
  bool serves_nameless() const override { return serves_nameless_; }
  std::string kill_command(std::span<const AskedJob> jobs) const override {
    return "toy-kill" + ids(jobs);
  }
  std::vector<KillAnswer> read_kill(const ShellOutput&,
                                    std::span<const AskedJob> jobs) const override {
    return std::vector<KillAnswer>(jobs.size(), {KillWord::sent, ""});
  }
  std::vector<Query> queries(const AskedJob& job) const override {
    return {{"toy", "what the toy says", "echo toy " + job.state.id + " of " + job.token}};
  }
  std::string check_command() const override { return "command -v toy-sub"; }
  std::vector<CheckEntry> read_check(const ShellOutput&) const override { return {}; }

 private:
  static std::string ids(std::span<const AskedJob> jobs) {
    std::string text;
    for (const auto& job : jobs) text += " " + job.state.id;
    return text;
  }
  static Answer read(const ShellOutput& output, const std::string& command) {
    Answer answer;
    answer.evidence = {command, output.exit_code, one_line(output.out, 100)};
    for (const auto& line : split(output.out, '\n')) {
      const auto words = split(line, ' ');
      if (words[0] == "ok") answer.healthy = true;
      if (words.size() < 2) continue;
      Row row;
      row.id = words[0];
      if (words.size() > 3) row.token = words[3];
      const int code = words.size() > 2 ? std::atoi(words[2].c_str()) : 0;
      if (words[1] == "waits") row.observation = observed::Waiting{"busy"};
      if (words[1] == "runs") row.observation = observed::Running{"running", {}};
      if (words[1] == "again") {
        row.observation = observed::Waiting{"requeued"};
        row.restarts = static_cast<std::uint32_t>(code);
      }
      observed::Ended ended;
      ended.exit_code = code;
      ended.evidence = answer.evidence;
      if (words[1] == "limit") ended.failure = FailureClass::wall_time;
      if (words[1] == "evicted") ended.failure = FailureClass::preempted;
      row.never_ran = words[1] == "never";
      if (words[0] == "-") row.id.clear();
      if (words[1] == "hides") row.observation = observed::CannotTell{"it hides", {}};
      if (words[1] == "surely-runs") row.observation = observed::Running{"running", {}};
      row.is_proof = words[1] == "proven" || words[1] == "surely-runs";
      if (words.size() > 4) row.own["kind"] = words[4];
      if (words[1] == "over" || words[1] == "limit" || words[1] == "evicted" || row.never_ran ||
          words[1] == "proven")
        row.observation = ended;
      answer.rows.push_back(std::move(row));
    }
    if (!answer.healthy) answer.problem = "toy: " + one_line(output.err);
    return answer;
  }
  bool has_history_ = false, serves_nameless_ = false;
};

}  // namespace

ToyBackend::ToyBackend() : BatchBackend(std::make_unique<Toy>()) {}

ToySite::ToySite(Json options) {
  char name[] = "/tmp/ketrew-toy-XXXXXX";
  folder = ::mkdtemp(name);
  host.playground = folder + "/pg";
  std::filesystem::create_directory(folder + "/bin");
  std::filesystem::create_directory(folder + "/calls");
  options["bin"] = folder + "/bin";
  const Json setup = {{"protocol", 1}, {"name", "toy"}, {"options", options}, {"home", folder}};
  const auto done = static_cast<Module&>(backend).initialize_text(setup.dump());
  if (!done) throw std::runtime_error(done.error().text());
}

ToySite::~ToySite() { std::filesystem::remove_all(folder); }

void ToySite::script(const std::string& name, const std::string& body) const {
  const std::string path = folder + "/bin/" + name;
  write(path, "#!/bin/sh\nTOY=" + folder + "\necho \"$*\" >>$TOY/calls/" + name + "\n" + body + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

void ToySite::write(const std::string& path, const std::string& text) const {
  if (const auto done = write_file_atomically(path, text); !done)
    throw std::runtime_error(done.error().text());
}

std::string ToySite::read(const std::string& path) const { return read_file(path).value_or(""); }
bool ToySite::exists(const std::string& path) const { return std::filesystem::exists(path); }

std::size_t ToySite::calls(const std::string& name) const {
  const std::string text = read(folder + "/calls/" + name);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

StartRequest ToySite::request(const std::string& token, const std::string& sh) const {
  StartRequest request;
  request.token = token;
  request.program.commands = {{sh, {}}};
  request.host = host;
  request.job = {token, "name", 1};
  return request;
}

std::vector<ToyBackend::StartResult> ToySite::start(const std::vector<std::string>& tokens) {
  std::vector<StartRequest> requests;
  for (const auto& token : tokens) requests.push_back(request(token));
  return backend.start_many(requests);
}

ToyBackend::FindResult ToySite::find(const std::string& token) {
  const FindRequest request{token, host, Json::object()};
  return backend.find_many({&request, 1}).front();
}

Observation ToySite::update(const std::string& token, JobState& state) {
  ToyBackend::Job job{token, state};
  backend.update(host, {&job, 1});
  state = job.state;
  return job.observation;
}

JobState ToySite::state(const std::string& token, const std::string& id) const {
  JobState state;
  state.id = id;
  state.playground = host.playground + "/" + token;
  return state;
}

}  // namespace ketrew::sdk::batch
