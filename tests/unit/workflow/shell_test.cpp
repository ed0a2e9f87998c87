// A value never becomes shell code: seen by running what comes out, in sh and in bash.
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include <unistd.h>

#include "core/base/file.hpp"
#include "core/workflow/reference.hpp"
#include "core/workflow/text_template.hpp"

namespace ketrew::workflow {
namespace {

Result<std::string> shell_text(const std::string& text, const std::string& value) {
  const std::map<std::string, std::string> params{{"x", value}};
  Scope scope;
  scope.params = &params;
  const auto read = read_template(text, Reader::shell, {}, scope);
  if (!read) return pass(read.error());
  return read->pieces[0].text;
}

class Shell : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/ketrew-shell-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder_ = name;
    shells_ = {"/bin/sh"};
    if (::access("/bin/bash", X_OK) == 0)
      shells_.push_back("/bin/bash");
    else
      std::puts("no /bin/bash here: only sh was tried");
  }
  void TearDown() override { std::system(("rm -rf " + folder_).c_str()); }

  // What the script printed; nothing where it failed.
  std::optional<std::string> output(const std::string& shell, const std::string& script) {
    std::ofstream(folder_ + "/script", std::ios::binary) << script;
    const std::string run = "cd " + folder_ + " && " + shell + " script </dev/null >out 2>err";
    if (std::system(run.c_str()) != 0) return {};
    return read_file(folder_ + "/out").value_or("");
  }
  bool canary() {
    const std::string path = folder_ + "/canary";
    if (::access(path.c_str(), F_OK) != 0) return false;
    ::unlink(path.c_str());
    return true;
  }

  std::string folder_;
  std::vector<std::string> shells_;
};

const std::vector<std::string> hostile = {
    "plain",
    "",
    "two words",
    "'; touch canary; '",
    "\"; touch canary; \"",
    "$(touch canary)",
    "`touch canary`",
    "\\`touch canary\\`",
    "\\$(touch canary)",
    "\\\"; touch canary; \\\"",
    "\\'; touch canary; \\'",
    "\ntouch canary\n",
    "\nEOF\ntouch canary\n",
    "EOF",
    "\tEOF",
    "OF",
    "; touch canary",
    "& touch canary &",
    "| touch canary",
    "> canary",
    ") ; touch canary ; (",
    "}; touch canary; {",
    "}\"; touch canary; \"",
    "'\"'\"'; touch canary #",
    "x[$(touch canary)]",
    "1 + x[$(touch canary)]",
    "-1",
    "010",
    "\\",
    "\\\\",
    "'",
    "\"",
    "$",
    "${HOME}",
    "$HOME",
    "~",
    "*",
    "?",
    "[a-z]*",
    "{a,b}",
    "!!",
    "#comment",
    "-n",
    "=x",
    "a=b",
    "a\\\nb",
    "\r\n",
    "\xff\xfe",
    "\xc3\xa9",
    "$'\\x27'; touch canary",
    "<(touch canary)",
    "if",
    "then",
    "esac",
    "}",
    "]]",
};

struct Printed {
  std::string text, before, behind;
};

TEST_F(Shell, AValueArrivesByteForByte) {
  const std::vector<Printed> texts = {
      {"printf %s ${params.x}", "", ""},
      {"printf %s a${params.x}b", "a", "b"},
      {"printf %s \"${params.x}\"", "", ""},
      {"printf %s \"a b${params.x}c d\"", "a b", "c d"},
      {"printf %s '${params.x}'", "", ""},
      {"printf %s 'a \"'\"'\"'${params.x}'", "a \"'", ""},
      {"printf %s \"$(printf '%s.' ${params.x})\"", "", "."},
      {"printf %s \"$(printf '%s.' \"${params.x}\")\"", "", "."},
      {"printf %s \"$(printf '%s.' '${params.x}')\"", "", "."},
      {"y=$(printf '%s.' \"${params.x}\")\nprintf %s \"$y\"", "", "."},
      {"y=${params.x}; printf %s \"$y\"", "", ""},
      {"y=${params.x} sh -c 'printf %s \"$y\"'", "", ""},
      {"f() { printf %s \"$1\"; }; f ${params.x}", "", ""},
      {"( printf %s ${params.x} )", "", ""},
      {"{ printf %s ${params.x}; }", "", ""},
      {"for y in ${params.x}; do printf %s \"$y\"; done", "", ""},
      {"case ${params.x} in *) printf %s ${params.x};; esac", "", ""},
      {"printf %s ${z:-d} ${params.x}", "d", ""},
      {"printf %s \"${z:-d}\" ${params.x}", "d", ""},
      {"printf %s $((1<<2)) ${params.x}", "4", ""},
      {"printf %s a#b ${params.x}", "a#b", ""},
      {"# it's a comment \"\nprintf %s ${params.x}", "", ""},
      {"printf %s \\' ${params.x}", "'", ""},
      {"printf %s \"a\\\"\" ${params.x}", "a\"", ""},
      {"printf '%s' ${params.x} # 'not closed ${params.x}", "", ""},
      {"cat <<'EOF' >/dev/null\nit's $(\nEOF\nprintf %s ${params.x}", "", ""},
      {"cat <<EOF >/dev/null\nit's \"${HOME}\nEOF\nprintf %s ${params.x}", "", ""},
      {"cat <<-A <<B >/dev/null\nit's\n\tA\n\"\nB\nprintf %s ${params.x}", "", ""},
      {"if test 1 -lt 2 && ! false\nthen printf %s ${params.x}\nfi", "", ""},
      {"exec 3>&1; printf %s ${params.x} >&3", "", ""},
  };
  // Starting so many shells takes time: not all with all.
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (std::size_t k = 0; k < hostile.size(); ++k) {
      if (i > 2 && (i + k) % 6 != 0) continue;
      const auto& each = texts[i];
      const auto& value = hostile[k];
      const auto script = shell_text(each.text, value);
      ASSERT_TRUE(script) << each.text << ": " << script.error().text();
      for (const auto& shell : shells_) {
        const auto printed = output(shell, *script);
        EXPECT_EQ(printed.value_or("(failed)"), each.before + value + each.behind)
            << shell << " of " << *script;
        EXPECT_FALSE(canary()) << shell << " of " << *script;
      }
    }
}

TEST_F(Shell, AHereDocumentHasTheValueOrRefusesIt) {
  int arrived = 0, refused = 0, number = 0;
  for (const std::string head : {"cat <<EOF", "cat <<-EOF", "cat <<'EOF'", "cat <<\\EOF"})
    for (const std::string line : {"[${params.x}]", "${params.x}", "E${params.x}"})
      for (const auto& value : hostile) {
        const auto script = shell_text(head + "\n" + line + "\nEOF\n", value);
        if (!script) {
          ++refused;
          continue;
        }
        ++arrived;
        if (++number % 4 != 0) continue;
        std::string expected = line;
        expected.replace(expected.find("${params.x}"), 11, value);
        if (head == "cat <<-EOF")
          expected.erase(0, std::min(expected.find_first_not_of('\t'), expected.size()));
        for (const auto& shell : shells_) {
          EXPECT_EQ(output(shell, *script).value_or("(failed)"), expected + "\n") << *script;
          EXPECT_FALSE(canary()) << *script;
        }
      }
  EXPECT_GT(arrived, refused);
  EXPECT_GT(refused, 0);
}

TEST(ShellPlaces, WhereNoValueCanStand) {
  const std::pair<std::string, std::string> texts[] = {
      {"echo \\${params.x}", "stands behind a backslash"},
      {"echo `cat ${params.x}`", "stands between backticks"},
      {"echo \"`cat ${params.x}`\"", "stands between backticks"},
      {"echo ${y:-${params.x}}", "stands inside a ${...} of the shell"},
      {"echo $'a${params.x}'", "stands inside $'...'"},
      {"cat <<${params.x}\n", "ends a here-document"},
      {"echo \"${params.x}", "is not closed"},
      {"echo '${params.x}", "is not closed"},
      {"echo $(cat ${params.x}", "is not closed"},
      {"cat <<E\n${params.x}\n", "is not closed"},
      // Shells read differently what stands in front:
      {"echo $'it\\'s' \"${params.x}\"", "shells read differently"},
      {"echo \"${y%'}'}\" ${params.x}", "shells read differently"},
      {"echo \"${y-\"}\"}\" ${params.x}", "shells read differently"},
      {"echo $[1] ${params.x}", "shells read differently"},
      {"echo \"$(case a in a) echo;; esac)\" ${params.x}", "shells read differently"},
      {"cat <<E\na\\\nE\n$(b)\nE\necho ${params.x}", "shells read differently"},
      {"cat <<E\n$(echo \")\"\nE\n) ${params.x}", "shells read differently"},
      {"cat <<E\n`a` ${params.x}\nE\n", "shells read differently"},
      {"echo \"$(cat <<E)\" ${params.x}\na\nE\n", "shells read differently"},
      {"cat <<E 'a\nb' ${params.x}\nE\n", "shells read differently"},
      {"echo $(( (a) | \"b)\" )) ${params.x}", "shells read differently"},
  };
  for (const auto& [text, why] : texts) {
    const auto script = shell_text(text, "1");
    ASSERT_FALSE(script) << text << " became " << *script;
    EXPECT_NE(script.error().what.find(why), std::string::npos)
        << text << ": " << script.error().what;
    EXPECT_NE(script.error().hint.find("environment"), std::string::npos);
  }
}

TEST(ShellPlaces, ArithmeticTakesWholeNumbersOnly) {
  for (const std::string text : {"echo $((${params.x}+1))", "echo \"$((2 * ${params.x}))\"",
                                 "a[${params.x}]=1", "a[1+${params.x}]=1", "((n = ${params.x}))"}) {
    EXPECT_TRUE(shell_text(text, "42")) << text;
    for (const std::string value :
         {"x[$(touch canary)]", "a", "", "1.5", "0x1g", "1 1", "-", "99999999999999999999"})
      EXPECT_FALSE(shell_text(text, value)) << text << " with " << value;
  }
  EXPECT_EQ(*shell_text("echo $((3-${params.x}))", "-1"), "echo $((3-(-1)))");
}

TEST(ShellPlaces, RawIsTakenAsItIs) {
  EXPECT_EQ(*shell_text("tool ${params.x:raw} ${params.x}", "-a -b"), "tool -a -b '-a -b'");
}

TEST(ShellPlaces, WhatIsTheShellsOwnStays) {
  for (const std::string text : {"echo ${HOME} ${#y} ${y:-z} ${y%.fq} $1 $$ $? ${y[0]}"})
    EXPECT_EQ(*shell_text(text, ""), text);
  EXPECT_EQ(*shell_text("echo $${params.x}", ""), "echo ${params.x}");
}

TEST(ShellPlaces, TimeIsLinear) {
  for (const std::string& piece :
       {std::string("("), std::string("case "), std::string("${"), std::string("$("),
        std::string("\""), std::string("`"), std::string("<<E "), std::string("$((")}) {
    std::string text;
    while (text.size() < 100'000) text += piece;
    const std::size_t begin = text.size();
    text += "${params.x}";
    EXPECT_EQ(shell_places(text, {{begin, text.size()}}).size(), 1u);
    std::string mixed = "\"$(";
    while (mixed.size() < 100'000) mixed += "( case x in a " + piece;
    EXPECT_TRUE(shell_places(mixed, {}).empty());
  }
}

// Texts of whatever shells treat specially, most of them no sensible scripts: either the value is
// refused, or it is no code.
TEST_F(Shell, InRandomTextsAValueIsNoCode) {
  const std::vector<std::string> pieces = {"'",
                                           "'",
                                           "\"",
                                           "\"",
                                           "`",
                                           "\\",
                                           "\n",
                                           "\n",
                                           " ",
                                           " ",
                                           "$(",
                                           ")",
                                           "(",
                                           "((",
                                           "))",
                                           "$((",
                                           "${y",
                                           "${y:-",
                                           "${y%",
                                           "}",
                                           "#",
                                           " #",
                                           "<<E",
                                           "<<-E",
                                           "<<'E'",
                                           "\nE\n",
                                           "E",
                                           "\n\tE\n",
                                           "$'",
                                           "$\"",
                                           "case a in a) :;; esac",
                                           "case a in ",
                                           "a)",
                                           "esac",
                                           ";;",
                                           "echo ",
                                           "printf %s ",
                                           ": ",
                                           ";",
                                           "|cat",
                                           "&& ",
                                           "y=",
                                           "a[",
                                           "]",
                                           "$[",
                                           "{ ",
                                           "}; ",
                                           "$",
                                           "!",
                                           "<<<",
                                           "\\\n",
                                           "if :; then ",
                                           "fi",
                                           "<(",
                                           "[[ ",
                                           " ]]",
                                           "1",
                                           "f() ",
                                           "${params.x}",
                                           "${params.x}",
                                           "${params.x}",
                                           " ${params.x} ",
                                           "\"${params.x}\"",
                                           "'${params.x}'"};
  const char* wanted = std::getenv("KETREW_TEST_RANDOM");
  const int count = wanted ? std::atoi(wanted) : 250;
  const char* given = std::getenv("KETREW_TEST_SEED");
  const unsigned seed = given ? static_cast<unsigned>(std::atoi(given)) : 20'261'125u;
  std::mt19937 random(seed);
  int run = 0;
  for (int i = 0; i < count; ++i) {
    std::string text;
    for (std::size_t n = 1 + random() % 14; n > 0; --n) text += pieces[random() % pieces.size()];
    text += " ${params.x}";
    const std::string& value = hostile[random() % hostile.size()];
    const auto script = shell_text(text, value);
    if (!script) continue;
    ++run;
    for (const auto& shell : shells_) {
      output(shell, *script);
      ASSERT_FALSE(canary()) << "seed " << seed << ", text " << i << ", " << shell << ":\n"
                             << text << "\n--- with " << value << "\n--- became\n"
                             << *script;
    }
  }
  EXPECT_GT(run, count / 10);
}

}  // namespace
}  // namespace ketrew::workflow
