#include "core/host/playground_sweep.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/host/host.hpp"

namespace ketrew::host {
namespace {

namespace fs = std::filesystem;

class PlaygroundSweep : public testing::Test {
 protected:
  PlaygroundSweep() {
    char pattern[] = "/tmp/ktXXXXXX";
    root = ::mkdtemp(pattern);
  }
  ~PlaygroundSweep() override { fs::remove_all(root); }

  void make(const std::string& token, const std::vector<std::string>& files) {
    fs::create_directories(root / token);
    for (const auto& file : files) std::ofstream(root / token / file) << "x\n";
  }
  Host here() const {
    HostUri uri;
    uri.playground = root;
    return Host(uri, root / "ssh");
  }
  Result<std::vector<SweptPlayground>> sweep(const std::string& folder) {
    const auto ran = here().run(sweep_text(folder));
    if (!ran) return pass(ran.error());
    return read_sweep(ran->out);
  }

  const std::string id = "01kb5w1k2z8nqz2j4w6q0r7t3v";
  fs::path root;
};

TEST_F(PlaygroundSweep, SeesHowEachStands) {
  make(id + "-1", {"claim", "exit"});
  make(id + "-2", {"claim", "exit.tmp"});
  make(id + "-3", {"submit"});
  make(id + "-4", {});
  make("not-a-token", {"claim"});
  make(id + "-01", {"claim"});
  fs::create_symlink(root / (id + "-1"), root / (id + "-9"));
  const auto seen = sweep(root);
  ASSERT_TRUE(seen) << seen.error().text();
  const std::vector<SweptPlayground> expected = {{id + "-1", PlaygroundStand::over, false},
                                                 {id + "-2", PlaygroundStand::open, true},
                                                 {id + "-3", PlaygroundStand::open, false},
                                                 {id + "-4", PlaygroundStand::bare, false}};
  EXPECT_EQ(*seen, expected);
}

TEST_F(PlaygroundSweep, AFolderThatIsNotThereHasNone) {
  const auto seen = sweep(root / "nothing" / "here");
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_TRUE(seen->empty());
}

TEST(PlaygroundSweepAnswers, CutAndUnreadableAreNotEmpty) {
  EXPECT_EQ(read_sweep("01kb5w1k2z8nqz2j4w6q0r7t3v-1 over\n").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(read_sweep("").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(read_sweep("sweep unreadable\n").error().kind, ErrorKind::unavailable);
}

TEST_F(PlaygroundSweep, RemovesThoseThatAreNamedAndNothingElse) {
  make(id + "-1", {"claim", "exit", "exit.tmp"});
  make(id + "-2", {"claim"});
  make("precious", {"file"});
  const std::vector<std::string> tokens = {id + "-1", "precious", "..", id + "-1/../precious"};
  auto ran = here().run(remove_text(root, tokens, Removed::unfinished));
  ASSERT_TRUE(ran) << ran.error().text();
  EXPECT_EQ(read_removed(ran->out), std::vector<std::string>{id + "-1"});
  EXPECT_FALSE(fs::exists(root / (id + "-1") / "exit.tmp"));
  EXPECT_TRUE(fs::exists(root / (id + "-1") / "exit"));
  ran = here().run(remove_text(root, tokens, Removed::playground));
  ASSERT_TRUE(ran) << ran.error().text();
  EXPECT_EQ(read_removed(ran->out), std::vector<std::string>{id + "-1"});
  EXPECT_FALSE(fs::exists(root / (id + "-1")));
  EXPECT_TRUE(fs::exists(root / (id + "-2") / "claim"));
  EXPECT_TRUE(fs::exists(root / "precious" / "file"));
}

}  // namespace
}  // namespace ketrew::host
