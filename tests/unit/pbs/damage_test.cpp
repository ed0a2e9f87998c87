// Answers that were cut or damaged never say of a job that it ended, or that it succeeded, where
// the whole answer did not.
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "backends/pbs/poll.hpp"
#include "tests/unit/pbs/transcript.hpp"

namespace ketrew::pbs::test {
namespace {

struct Ends {
  std::set<std::string> ended, succeeded, gone;  // ids

  bool within(const Ends& other) const {
    return std::includes(other.ended.begin(), other.ended.end(), ended.begin(), ended.end()) &&
           std::includes(other.succeeded.begin(), other.succeeded.end(), succeeded.begin(),
                         succeeded.end()) &&
           std::includes(other.gone.begin(), other.gone.end(), gone.begin(), gone.end());
  }
};

Ends ends_in(const host::ShellOutput& output, const std::vector<sdk::batch::AskedJob>& jobs) {
  Ends ends;
  const auto answer = read_poll(output, jobs);
  std::set<std::string> seen;
  for (const auto& row : answer.rows) {
    seen.insert(row.id);
    const auto* ended = std::get_if<observed::Ended>(&row.observation);
    if (!ended) continue;
    ends.ended.insert(row.id);
    if (ended->exit_code == 0 && !ended->failure) ends.succeeded.insert(row.id);
  }
  if (answer.healthy)
    for (const auto& job : jobs)
      if (!seen.contains(job.state.id)) ends.gone.insert(job.state.id);
  return ends;
}

struct Case {
  Recording recording;
  Dialect dialect = Dialect::openpbs;
  std::vector<sdk::batch::AskedJob> jobs;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& [folder, dialect] :
       {std::pair("pbs", Dialect::openpbs), std::pair("torque", Dialect::slurm)})
    for (const auto& recording : recordings(folder))
      if (program(recording) == "qstat" && !is_piped(recording) && !ids_in(recording).empty() &&
          recording.out.starts_with("Job Id"))
        all.push_back({recording, dialect, asked_all(ids_in(recording))});
  return all;
}

TEST(Damage, AnAnswerThatIsCutAnywhere) {
  const auto all = cases();
  ASSERT_GT(all.size(), 30u);
  for (const auto& [recording, dialect, jobs] : all) {
    const auto whole = framed(recording, dialect, "history");
    const Ends truth = ends_in(whole, jobs);
    for (std::size_t size = 0; size < whole.out.size(); ++size) {
      const Ends cut = ends_in({0, whole.out.substr(0, size), ""}, jobs);
      ASSERT_TRUE(cut.ended.empty() && cut.gone.empty()) << recording.command << " at " << size;
    }
    // The client was killed, and the shell went on to say so.
    for (std::size_t size = 0; size < recording.out.size(); ++size) {
      Recording killed = recording;
      killed.out.resize(size);
      killed.code = 124;
      const Ends cut = ends_in(framed(killed, dialect, "history"), jobs);
      ASSERT_TRUE(cut.within(truth) && cut.gone.empty()) << recording.command << " at " << size;
      // ... or it did not notice, as with a disk that is full.
      killed.code = recording.code;
      const Ends quiet = ends_in(framed(killed, dialect, "history"), jobs);
      ASSERT_TRUE(quiet.within(truth) || dialect == Dialect::slurm)
          << recording.command << " at " << size;
      ASSERT_TRUE(std::includes(truth.ended.begin(), truth.ended.end(), quiet.ended.begin(),
                                quiet.ended.end()));
    }
  }
}

TEST(Damage, BytesThatAreLostOrChanged) {
  std::mt19937 random(20261125);
  constexpr std::string_view others = "\n\t ~\xff.:=x";
  for (const auto& [recording, dialect, jobs] : cases()) {
    const Ends truth = ends_in(framed(recording, dialect, "history"), jobs);
    for (int round = 0; round < 300; ++round) {
      Recording damaged = recording;
      for (int i = static_cast<int>(random() % 3); i >= 0; --i) {
        const std::size_t at = random() % damaged.out.size();
        switch (random() % 3) {
          case 0: damaged.out.erase(at, 1); break;
          case 1: damaged.out[at] = others[random() % others.size()]; break;
          default: damaged.out.insert(at, 1, others[random() % others.size()]);
        }
      }
      const Ends ends = ends_in(framed(damaged, dialect, "history"), jobs);
      ASSERT_TRUE(std::includes(truth.ended.begin(), truth.ended.end(), ends.ended.begin(),
                                ends.ended.end()))
          << damaged.out;
      ASSERT_TRUE(std::includes(truth.succeeded.begin(), truth.succeeded.end(),
                                ends.succeeded.begin(), ends.succeeded.end()))
          << damaged.out;
    }
  }
}

TEST(Damage, LinesThatAreLostOrRepeatedOrSwapped) {
  std::mt19937 random(7);
  for (const auto& [recording, dialect, jobs] : cases()) {
    const Ends truth = ends_in(framed(recording, dialect, "history"), jobs);
    const auto lines = split(recording.out, '\n');
    for (int round = 0; round < 200; ++round) {
      auto damaged = lines;
      const std::size_t at = random() % damaged.size();
      const auto place = damaged.begin() + static_cast<std::ptrdiff_t>(at);
      switch (random() % 3) {
        case 0: damaged.erase(place); break;
        case 1: damaged.insert(place, lines[random() % lines.size()]); break;
        default: std::swap(damaged[at], damaged[random() % damaged.size()]);
      }
      Recording other = recording;
      other.out = join(damaged, "\n");
      const Ends ends = ends_in(framed(other, dialect, "history"), jobs);
      for (const auto& id : ends.succeeded)
        ASSERT_TRUE(truth.succeeded.contains(id)) << other.out;
    }
  }
}

TEST(Damage, NoiseIsNoAnswer) {
  std::mt19937 random(3);
  const auto jobs = asked_all({"1.vm", "2.vm"});
  for (int round = 0; round < 2000; ++round) {
    std::string noise(random() % 400, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    const Ends ends = ends_in({static_cast<int>(random() % 256), noise, noise}, jobs);
    ASSERT_TRUE(ends.ended.empty() && ends.gone.empty());
  }
}

}  // namespace
}  // namespace ketrew::pbs::test
