#include "backends/sge/states.hpp"

#include <array>

namespace ketrew::sge {
namespace {

constexpr std::array<StateLetter, 13> letters = {{
    {'d', "being deleted"},
    {'E', "in error"},
    {'h', "on hold"},
    {'q', "queued"},
    {'r', "running"},
    {'R', "restarted"},
    {'s', "suspended by a user"},
    {'S', "suspended by its queue"},
    {'N', "suspended by its queue's subordination"},
    {'t', "being transferred to its machine"},
    {'T', "suspended by a load threshold"},
    {'w', "waiting"},
    {'P', "suspended to let another run"},
}};

using enum Run;
constexpr std::array<FailedCode, 36> codes = {{
    {0, ended, "no failure"},
    {1, never_ran, "assumedly before job"},
    {3, never_ran, "before writing config"},
    {4, never_ran, "before writing PID"},
    {5, never_ran, "on reading config file"},
    {6, never_ran, "setting processor set"},
    {7, never_ran, "before prolog"},
    {8, never_ran, "in prolog"},
    {9, never_ran, "before pestart"},
    {10, never_ran, "in pestart"},
    {11, never_ran, "before job"},
    {12, ended, "before pestop"},
    {13, ended, "in pestop"},
    {14, ended, "before epilog"},
    {15, ended, "in epilog"},
    {16, ended, "releasing processor set"},
    {17, signalled, "through signal"},
    {18, broken, "shepherd returned error"},
    {19, broken, "before writing exit_status"},
    {20, broken, "found unexpected error file"},
    {21, broken, "in recognizing job"},
    {24, again, "migrating (checkpointing jobs)"},
    {25, again, "rescheduling"},
    {26, never_ran, "opening input/output file"},
    {27, never_ran, "searching requested shell"},
    {28, never_ran, "changing to working directory"},
    {29, never_ran, "AFS setup"},
    {30, again, "rescheduling on application error"},
    {31, never_ran, "accessing sgepasswd file"},
    {32, never_ran, "entry is missing in password file"},
    {33, never_ran, "wrong password"},
    {34, never_ran, "communicating with Grid Engine Helper Service"},
    {36, never_ran, "checking configured daemons"},
    {37, over_limit, "qmaster enforced h_rt, h_cpu, or h_vmem limit"},
    {38, never_ran, "adding supplementary group"},
    {100, signalled, "assumedly after job"},
}};

bool has(std::string_view word, char letter) { return word.find(letter) != std::string_view::npos; }

std::string_view meaning_of(char letter) {
  for (const StateLetter& entry : letters)
    if (entry.letter == letter) return entry.meaning;
  return {};
}

}  // namespace

std::span<const StateLetter> state_letters() { return letters; }

NativeState native_state(std::string_view word) {
  NativeState state;
  for (const char letter : word)
    if (meaning_of(letter).empty()) return state;
  if (word.empty()) return state;
  state.restarted = has(word, 'R');
  state.deleted = has(word, 'd');
  // The strongest letter first.
  for (const char letter : std::string_view("sSNTPrt"))
    if (has(word, letter)) {
      state.verdict = Verdict::running;
      state.meaning = state.deleted ? "being deleted" : std::string(meaning_of(letter));
      return state;
    }
  if (has(word, 'E')) {
    state.verdict = Verdict::error;
    state.meaning = meaning_of('E');
  } else if (state.deleted) {
    state.verdict = Verdict::waiting;
    state.meaning = meaning_of('d');
  } else if (has(word, 'h')) {
    state.verdict = Verdict::waiting;
    state.meaning = "on hold (qhold, qsub -h, or a job that it waits for); qrls releases it";
  } else if (has(word, 'q') || has(word, 'w')) {
    state.verdict = Verdict::waiting;
    state.meaning = state.restarted ? "queued again" : "queued";
  }
  return state;
}

std::span<const FailedCode> failed_codes() { return codes; }

const FailedCode* failed_code(int code) {
  for (const FailedCode& entry : codes)
    if (entry.code == code) return &entry;
  return nullptr;
}

}  // namespace ketrew::sge
