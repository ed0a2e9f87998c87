#include "app/ketrew-backend-host/descriptor.hpp"

#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "app/ketrew-backend-host/elf_symbol.hpp"
#include "app/ketrew-backend-host/module.hpp"
#include "core/base/file.hpp"

namespace ketrew::backend_host {
namespace {

const std::string modules = KETREW_TEST_MODULES;

ketrew_backend_descriptor good() {
  return {KETREW_BACKEND_MAGIC,
          sizeof(ketrew_backend_descriptor),
          KETREW_ABI_VERSION,
          0,
          "a_b-1",
          "1.0",
          nullptr};
}
Result<> judge(const ketrew_backend_descriptor& descriptor) {
  return judge_descriptor({reinterpret_cast<const char*>(&descriptor), sizeof descriptor});
}

TEST(Descriptor, GoodOnesPassAndOthersDoNot) {
  EXPECT_TRUE(judge(good()));
  auto wrong = good();
  wrong.magic[0] = 'K';
  EXPECT_FALSE(judge(wrong));
  wrong = good();
  wrong.abi = 2;
  EXPECT_EQ(judge(wrong).error().kind, ErrorKind::conflict);
  wrong = good();
  wrong.size = 64;
  EXPECT_FALSE(judge(wrong));
  wrong = good();
  std::memset(wrong.name, 'a', sizeof wrong.name);
  EXPECT_FALSE(judge(wrong));
  wrong = good();
  std::strcpy(wrong.name, "A b");
  EXPECT_FALSE(judge(wrong));
  EXPECT_FALSE(judge_descriptor("short"));
}

TEST(Descriptor, ALargerOneOfALaterReleasePasses) {
  struct {
    ketrew_backend_descriptor descriptor;
    char more[64];
  } later{good(), {}};
  later.descriptor.size = sizeof later;
  EXPECT_TRUE(judge_descriptor({reinterpret_cast<const char*>(&later), sizeof later}));
}

TEST(Descriptor, AModuleForAnotherAbiIsRefusedBeforeAnythingInItRuns) {
  // Its constructor aborts: loading it would end this program.
  const auto loaded = load_module(modules + "/test_module_newer.so");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::conflict);
  EXPECT_NE(loaded.error().what.find("99"), std::string::npos);
}

TEST(Descriptor, FilesThatAreNoModulesAreRefused) {
  EXPECT_FALSE(load_module("/no/such/file.so"));
  EXPECT_FALSE(load_module("/"));
  EXPECT_FALSE(load_module("/etc/passwd"));
  EXPECT_FALSE(load_module("/proc/self/exe"));
}

TEST(ElfSymbol, DamagedFilesAreRefusedNotRead) {
  const auto file = read_file(modules + "/test_module_odd.so");
  ASSERT_TRUE(file);
  ASSERT_TRUE(find_elf_symbol(*file, "ketrew_backend"));
  EXPECT_FALSE(find_elf_symbol(*file, "ketrew_backen"));
  for (std::size_t size = 0; size < file->size(); size += 97) {
    const auto found = find_elf_symbol(std::string_view(*file).substr(0, size), "ketrew_backend");
    if (found) (void)judge_descriptor(*found);
  }
  std::mt19937 random(4711);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = *file;
    for (int i = 0; i < 8; ++i)
      damaged[random() % (round % 2 ? 64 : damaged.size())] = static_cast<char>(random());
    const auto found = find_elf_symbol(damaged, "ketrew_backend");
    if (found) (void)judge_descriptor(*found);
  }
}

class OddModule : public testing::Test {
 protected:
  Answer call(const char* method) {
    const auto loaded = load_module(modules + "/test_module_odd.so");
    EXPECT_TRUE(loaded) << loaded.error().text();
    const ketrew_host_services services{};
    const auto instance = Instance::create(**loaded, services);
    return instance->call(*find_method(method), "{}");
  }
};

TEST_F(OddModule, AnswersAreMadeOneLine) {
  const Answer answer = call("initialize");
  EXPECT_EQ(answer.status, KETREW_OK);
  EXPECT_EQ(answer.text.find_first_of("\r\n"), std::string::npos);
  EXPECT_EQ(Json::parse(answer.text)["name"], "odd");
}

TEST_F(OddModule, BrokenAnswersAreFailedCalls) {
  EXPECT_EQ(call("update").status, KETREW_FAILED);
  const Answer failed = call("kill");
  EXPECT_EQ(failed.status, KETREW_FAILED);
  EXPECT_TRUE(is_utf8(failed.text));
  EXPECT_EQ(failed.text.find('\n'), std::string::npos);
}

TEST_F(OddModule, FunctionsBeyondItsTableAreAnsweredForIt) {
  EXPECT_EQ(call("queries").text, R"({"queries":[]})");
  EXPECT_EQ(call("check").text, R"({"checks":[]})");
  EXPECT_EQ(call("shutdown").text, "{}");
  EXPECT_EQ(call("query").status, KETREW_UNKNOWN_METHOD);
}

}  // namespace
}  // namespace ketrew::backend_host
