// What comes back from a host: frames, exit and claim files, looks into playgrounds.
#include "backends/daemonize/far_answer.hpp"
#include "backends/sdk/batch/look_text.hpp"
#include "backends/sdk/batch/submit_text.hpp"
#include "core/host/exit_record.hpp"
#include "core/host/process_identity.hpp"
#include "core/host/shell_answer.hpp"
#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(records) {
  if (const auto exit = host::parse_exit(input)) {
    must(exit->code.has_value() != exit->signal.has_value(), "a code or a signal");
    must(host::parse_exit(host::to_text(*exit)) == *exit, "an exit record comes back");
    must(!to_json(Observation(host::to_ended(*exit, "exit"))).dump().empty(), "and can be told");
  }
  if (const auto claim = host::parse_claim(input))
    must(host::parse_claim(host::to_text(*claim)) == *claim, "a claim comes back");
  host::parse_process_stat(input);
  host::CommandOutput output;
  output.exit_code = 0;
  output.out = input;
  host::read_shell_answer(output, "mark", "host");
  const std::vector<std::string> paths = {"/a", "/b"};
  must(host::read_files_answer(input, paths, "host").size() == paths.size(), "an answer a file");
  sdk::batch::read_looks(input, "mark");
  sdk::batch::read_findings(input, "mark");
  sdk::batch::read_submit(input, "mark");
  daemonize::read_far_words(input);
  if (const auto looks = daemonize::read_far_looks(input))
    for (const auto& [token, look] : looks->jobs) {
      daemonize::JobState state;
      const auto seen = daemonize::judge(look, looks->boot, state, 1'700'000'000'000, "/pg/" + token);
      must(!to_json(seen).dump().empty(), "what was seen can be told");
    }
}
