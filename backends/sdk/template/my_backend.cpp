// A whole backend in one file: it starts a script in the background of a host, with nohup.
#include <ketrew/backend.hpp>

namespace {

using namespace ketrew;

// What is kept of a job, in the daemon's database, from `start` to the end. Plain data; when its
// fields change in a later version of yours, see `state_version` and `migrate`.
struct MyState {
  std::string playground;  // the folder of this attempt, on its host
  bool operator==(const MyState&) const = default;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MyState, playground)

class MyBackend : public sdk::Backend<MyState> {
 public:
  // Calls for different hosts may overlap, so that one which hangs holds up no other: nothing below
  // changes after `initialize`.
  static constexpr bool concurrent_hosts = true;

 private:
  // Every job may have options; the daemon checks them against this before they come here.
  sdk::OptionsSchema options() const override {
    return sdk::OptionsSchema().integer("nice", "how much the job steps back behind others", 0, 19,
                                        0);
  }

  host::Host connect(const HostUri& uri) const {
    return host::Host(uri, setup().home + "/ssh");  // ssh's shared connections
  }

  // Starts the job, once. The script claims its attempt (the token) before anything else: should it
  // be started a second time, the second copy ends at once.
  StartResult start(const StartRequest& request) override {
    const host::Playground place = host::playground_of(request.host, request.token);
    host::MonitoredScript script;
    script.token = request.token;
    script.job_id = request.job.id;
    script.attempt = request.job.attempt;
    script.playground = place.path;
    script.program = request.program;

    const host::Host host = connect(request.host);
    if (auto made = host.run("mkdir -p " + shell_quote(place.path)); !made || made->exit_code != 0)
      return sdk::Refused{false, "cannot make " + place.path};  // for now: it may work later
    const host::NewFile file{place.script(), host::render(script)};
    if (auto put = host.put({&file, 1}); !put) return sdk::Refused{false, put.error().text()};

    // From here on it may be running, whatever we are told: what is not a plain yes is a doubt.
    const auto nice = request.options.value("nice", 0);
    const auto started = host.run("nohup setsid nice -n " + std::to_string(nice) + " sh " +
                                  shell_quote(place.script()) + " >/dev/null 2>&1 </dev/null &");
    if (!started) return sdk::InDoubt{started.error().text()};
    return Started{{place.path}};
  }

  // Asked after a doubt or a crash: did this token's start take effect? The claim is the proof.
  // (That a script which was just started has not claimed yet is what `visibility_lag` is for: the
  // daemon believes `Absent` only when it hears it twice, that far apart.)
  FindResult find(const FindRequest& request) override {
    const host::Playground place = host::playground_of(request.host, request.token);
    const std::string path = place.claim();
    const auto claims = connect(request.host).get({&path, 1});
    if (claims[0]) return Found{{place.path}};
    if (claims[0].error().kind == ErrorKind::not_found) return sdk::Absent{{"cat " + path, 1, ""}};
    return sdk::CannotTell{claims[0].error().text()};
  }

  // One command for all jobs of a host. What is not set stays "cannot tell", which changes nothing.
  void update(const HostUri& uri, std::span<Job> jobs) override {
    std::vector<std::string> paths;
    for (const Job& job : jobs) paths.push_back(host::Playground{job.state.playground}.exit());
    const auto exits = connect(uri).get(paths);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (exits[i]) {
        if (const auto record = host::parse_exit(*exits[i]))
          jobs[i].observation = host::to_ended(*record, paths[i]);
      } else if (exits[i].error().kind == ErrorKind::not_found) {
        // A better backend would look whether its process is still there, and say `Gone` if not.
        jobs[i].observation = observed::Running{"running"};
      } else {
        jobs[i].observation = observed::CannotTell{exits[i].error().text(), {}};
      }
    }
  }

  // Asks the program to end; the script notes with which code it did, and `update` sees that.
  void kill(const HostUri& uri, std::span<KillJob> jobs) override {
    const host::Host host = connect(uri);
    for (KillJob& job : jobs) {
      const host::Playground place{job.state.playground};
      const std::string paths[] = {place.exit(), place.claim()};
      const auto files = host.get(paths);
      if (files[0]) {
        job.answer = sdk::KillWord::already_over;
        continue;
      }
      const auto claim = files[1].and_then(
          [](const std::string& text) { return host::parse_claim(text); });
      if (!claim || claim->process.pid <= 0) {
        job.why = "it has not begun yet";
        continue;
      }
      const auto sent = host.run("pkill -TERM -P " + std::to_string(claim->process.pid));
      if (sent && sent->exit_code == 0)
        job.answer = sdk::KillWord::sent;
      else
        job.why = "its process was not found";
    }
  }

  // What people can ask about a job.
  std::vector<sdk::QueryDescription> queries(const HostUri&, const MyState&) override {
    return {{"stdout", "what it wrote to its standard output"},
            {"stderr", "what it wrote to its standard error"}};
  }
  Result<sdk::QueryAnswer> query(const HostUri& uri, const std::string&, const MyState& state,
                                 const sdk::QueryRequest& request) override {
    const host::Playground place{state.playground};
    const std::string path = request.name == "stdout" ? place.out() : place.err();
    auto part = connect(uri).read(path, request.offset, request.limit);
    if (!part) return tl::unexpected(part.error());
    return sdk::QueryAnswer{part->text, part->offset, part->size};
  }
};

}  // namespace

KETREW_BACKEND(MyBackend, "my_backend", "1.0");
