#include "backends/lsf/ended.hpp"

#include <array>
#include <charconv>

#include "backends/lsf/states.hpp"

namespace ketrew::lsf {
namespace {

using observed::Ended;

// The number after `before`, which a '.' or ';' ends.
std::optional<int> number_after(std::string_view text, std::string_view before) {
  if (!text.starts_with(before)) return std::nullopt;
  text.remove_prefix(before.size());
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || end == text.data() + text.size() ||
      (*end != '.' && *end != ';'))
    return std::nullopt;
  return number;
}

// "... .TheCPUtimeusedis0.1seconds;"
void read_cpu(std::string_view text, Ended& ended) {
  constexpr std::string_view label = "TheCPUtimeusedis";
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return;
  text.remove_prefix(at + label.size());
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && seconds >= 0 && seconds < 1e12 && std::string_view(end, 7).starts_with("seconds"))
    ended.usage = {{"cpu_ms", static_cast<std::int64_t>(seconds * 1000)}};
}

enum class Kind {
  live,     // before the end, or instead of one: dispatched, running, queued again, ...
  neutral,  // may come after the end
  killed,   // somebody asked for its end
  requeue,  // ... and for another beginning: the end that follows is none
  action,   // LSF itself begins to end it
  done,
  code,     // "Exited with exit code N" and the like
  bare,     // "Exited": no code is known
};

struct Word {
  std::string_view begin;
  Kind kind;
  std::optional<FailureClass> failure = {};
};
// How the lines of `bhist -l` begin, without white space; the first that fits counts. All others
// belong to a job that goes on. Source: bhist(1) and what OpenLava's bhist can print; IBM's "bhist".
constexpr std::array<Word, 34> endings = {{
    {"Postjobprocess", Kind::neutral},
    {"ExternalMessage", Kind::neutral},
    {"Resourceusagecollected", Kind::neutral},
    {"Signal<KILL>requestedby", Kind::killed},
    {"Signal<TERM>requestedby", Kind::killed},
    {"Signal<INT>requestedby", Kind::killed},
    {"Signal<QUIT>requestedby", Kind::killed},
    {"Deleterequestedby", Kind::killed},
    {"Userterminationaction", Kind::killed},
    {"Kill&Removeaction", Kind::killed},
    {"Signal<SIG_KILL_REQUEUE>requestedby", Kind::requeue},
    {"Kill&Requeueaction", Kind::requeue},
    {"Signal<", Kind::neutral},  // any other: what the program makes of it counts
    {"RUNLIMITterminationaction", Kind::action, FailureClass::wall_time},
    {"DEADLINEterminationaction", Kind::action, FailureClass::wall_time},
    {"CPULIMITterminationaction", Kind::action, FailureClass::wall_time},
    {"MEMLIMITterminationaction", Kind::action, FailureClass::out_of_memory},
    {"PROCESSLIMITterminationaction", Kind::neutral},
    {"Loadterminationaction", Kind::action, FailureClass::preempted},
    {"Windowterminationaction", Kind::action, FailureClass::preempted},
    {"Otherterminationaction", Kind::neutral},
    {"Donesuccessfully", Kind::done},
    {"Completed<done>", Kind::done},
    {"Exitedwithexitcode", Kind::code},
    {"Exitedbysignal", Kind::code},
    {"Completed<exit>", Kind::bare},
    {"Exited.", Kind::bare},
    {"Exited;jobwillberequeuedandrerun", Kind::live},
    {"Exited;jobhasbeenforcedtoexit", Kind::bare, FailureClass::cancelled_outside},
    {"Exited;remotejob", Kind::bare, FailureClass::never_started},
    {"sbatchdstartup;killZOMBIEjob", Kind::bare, FailureClass::node},
    // Both are the state ZOMBI, not the end.
    {"Executionhostunavailable;jobiskilled", Kind::live},
    {"Terminationrequestissued", Kind::live},
    {"Exited;", Kind::bare},
}};

const Word* word_of(std::string_view text) {
  for (const Word& word : endings)
    if (text.starts_with(word.begin)) {
      if (word.begin == "Exited;" && text != "Exited;") return nullptr;  // words that we do not know
      return &word;
    }
  return nullptr;
}

bool is_start(std::string_view text) {
  return text.starts_with("Dispatched") || text.starts_with("Starting(Pid") || text.starts_with("Startedon") ||
         text.find("startedon<") != std::string_view::npos ||
         text.find("]dispatchedto<") != std::string_view::npos;
}

void read_code(std::string_view text, Ended& ended) {
  ended.exit_code = number_after(text, "Exitedwithexitcode");
  if (ended.exit_code && *ended.exit_code > 255) ended.exit_code.reset();
  if (!ended.exit_code) ended.signal = number_after(text, "Exitedbysignal");
  if (ended.signal && (*ended.signal == 0 || *ended.signal > 64)) ended.signal.reset();
}

// LSF itself ends a job over its run limit with USR2, INT, TERM, KILL: OpenLava shows no more.
bool over_run_limit(const LongJob& job, const Ended& ended) {
  const bool signalled = ended.signal || (ended.exit_code && *ended.exit_code > 128);
  return signalled && job.run_limit_minutes && job.run_seconds &&
         static_cast<double>(*job.run_seconds) >= *job.run_limit_minutes * 60;
}

std::string words_of(const Ended& ended) {
  if (ended.exit_code) return "exit code " + std::to_string(*ended.exit_code);
  if (ended.signal) return "signal " + std::to_string(*ended.signal);
  return "exited";
}

// "Exited" alone: ended while it was pending; else nobody saw its end, and nothing is claimed.
void complete(End& end) {
  Ended& ended = end.ended;
  if (ended.failure || ended.exit_code || ended.signal || !end.never_ran) return;
  ended.failure = FailureClass::cancelled_outside;
  if (ended.message.empty()) ended.message = "ended in the queue, before it ran";
}

}  // namespace

std::optional<End> end_in_history(const LongJob& job, Wall submitted) {
  if (!job.whole) return std::nullopt;
  End end;
  Ended& ended = end.ended;
  bool killed = false, requeued = false, over = false, ran = false, done = false;
  std::optional<FailureClass> action;
  for (const LongEvent& event : job.events) {
    const Word* word = word_of(event.text);
    const Kind kind = word ? word->kind : Kind::live;
    if (is_start(event.text)) {
      ran = true;
      ended.started_at = lsf_time(event.time, submitted);
    }
    switch (kind) {
      case Kind::neutral: continue;
      case Kind::killed: killed = true; requeued = false; continue;
      case Kind::requeue: requeued = true; continue;
      case Kind::action: action = word->failure; continue;
      case Kind::live:  // whatever was before: it goes on
        over = done = false;
        ended.exit_code.reset();
        ended.signal.reset();
        ended.failure.reset();
        if (event.text.starts_with("Pending:") || event.text.starts_with("Dispatched")) {
          killed = requeued = false;  // that was another run's
          action.reset();
        }
        continue;
      case Kind::done: case Kind::code: case Kind::bare: break;
    }
    if (event.text.back() != ';' && event.text.back() != '.') return std::nullopt;  // cut
    over = true;
    done = kind == Kind::done;
    ended.ended_at = lsf_time(event.time, submitted);
    read_cpu(event.text, ended);
    if (kind == Kind::code) {
      read_code(event.text, ended);
      if (!ended.exit_code && !ended.signal) return std::nullopt;
    }
    if (word->failure) ended.failure = word->failure;
    if (const TermReason* reason = term_reason_in(event.text)) {
      if (reason->runs_again) over = false;
      if (reason->failure) ended.failure = reason->failure;
      ended.message = std::string(reason->word);
    }
  }
  if (!over || requeued) return std::nullopt;
  end.never_ran = !ran;
  if (done) {
    ended.exit_code = 0;
    ended.evidence.words = "done";
    return end;
  }
  ended.evidence.words = words_of(ended);
  if (action && !ended.failure) {
    ended.failure = action;
    ended.message = "LSF ended it: " + std::string(to_string(*action));
  } else if (over_run_limit(job, ended) && !ended.failure) {
    ended.failure = FailureClass::wall_time;
    ended.message = "over its run limit";
  } else if (killed && (!ended.failure || *ended.failure == FailureClass::node)) {
    ended.failure = FailureClass::cancelled_outside;
    ended.message = "its end was asked for with bkill";
  }
  const bool signalled = ended.signal || (ended.exit_code && *ended.exit_code > 128);
  end.may_come_back = signalled && !killed && !ended.failure;
  complete(end);
  return end;
}

std::optional<End> end_in_queue(const LongJob& job, Wall submitted) {
  if (!job.whole || job.events.empty()) return std::nullopt;
  End end;
  Ended& ended = end.ended;
  bool ran = false;
  for (const LongEvent& event : job.events)
    if (is_start(event.text)) {
      ran = true;
      ended.started_at = lsf_time(event.time, submitted);
    }
  end.never_ran = !ran;
  const LongEvent& last = job.events.back();
  ended.ended_at = lsf_time(last.time, submitted);
  read_cpu(last.text, ended);
  if (job.status == "DONE" && last.text.starts_with("Donesuccessfully.")) {
    ended.exit_code = 0;
    ended.evidence.words = "DONE";
    return end;
  }
  if (job.status != "EXIT" || !last.text.starts_with("Exited")) return std::nullopt;
  read_code(last.text, ended);
  const bool bare = last.text == "Exited" || last.text.starts_with("ExitedTheCPUtimeused");
  if (!ended.exit_code && !ended.signal && !bare) return std::nullopt;
  ended.evidence.words = "EXIT: " + words_of(ended);
  complete(end);
  return end;
}

}  // namespace ketrew::lsf
