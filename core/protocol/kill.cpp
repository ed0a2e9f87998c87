#include "core/protocol/kill.hpp"

#include "core/protocol/entries.hpp"

namespace ketrew::protocol {

std::string_view to_string(KillWord word) {
  switch (word) {
    case KillWord::sent: return "sent";
    case KillWord::already_over: return "already-over";
    case KillWord::cannot_tell: return "cannot-tell";
  }
  return "cannot-tell";
}

void append_kill(std::string& out, const KillAnswer& answer) {
  append_text(out, R"({"id":)", answer.token);
  append_text(out, R"(,"answer":)", to_string(answer.answer));
  if (answer.answer == KillWord::cannot_tell) append_text(out, R"(,"why":)", answer.why);
  out += '}';
}

std::string to_text(std::span<const KillAnswer> answers) {
  std::string out = R"({"jobs":[)";
  for (const KillAnswer& answer : answers) {
    if (out.back() != '[') out += ',';
    append_kill(out, answer);
  }
  return out + "]}";
}

std::vector<KillAnswer> kill_answer_from(std::string_view text,
                                         std::span<const std::string> asked) {
  std::vector<KillAnswer> answers(asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) answers[i].token = asked[i];
  const auto miss = [&](std::size_t place, std::string why) {
    answers[place].answer = KillWord::cannot_tell;
    answers[place].why = std::move(why);
  };
  match_entries(
      text, asked,
      [&](std::size_t place, const Fields& entry) {
        const std::string word = entry.text_or_empty("answer");
        if (word == "sent")
          answers[place].answer = KillWord::sent;
        else if (word == "already-over")
          answers[place].answer = KillWord::already_over;
        else if (word == "cannot-tell")
          miss(place, entry.text_or_empty("why"));
        else
          miss(place, "the backend's answer cannot be read: \"" + one_line(word, 60) + '"');
      },
      miss);
  return answers;
}

}  // namespace ketrew::protocol
