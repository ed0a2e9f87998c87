// `matrix:`: which instances there are.
#include "tests/unit/workflow/expand.hpp"

namespace ketrew::workflow {
namespace {

std::string instances(const std::string& matrix, const std::string& folder = "/flows") {
  const auto expanded = expand("nodes: {n: {matrix: " + matrix + "}}", {}, folder);
  return expanded ? names_of(*expanded) : expanded.error().text();
}

TEST(Matrix, ListsMultiplyAndTheLastChangesFastest) {
  EXPECT_EQ(instances("{a: [x, y], b: [1, 2]}"), "n[a=x,b=1] n[a=x,b=2] n[a=y,b=1] n[a=y,b=2]");
}

TEST(Matrix, ValuesStayAsTheyAreWritten) {
  EXPECT_EQ(instances("{v: [1.10, yes, 007, 'a b', \"q\\\"]\"]}"),
            "n[v=1.10] n[v=yes] n[v=007] n[v=\"a b\"] n[v=\"q\\\"]\"]");
}

TEST(Matrix, ANodeKnowsWhatItStandsFor) {
  const auto expanded = expand("nodes: {n: {matrix: {a: [x], b: [1]}}}");
  ASSERT_TRUE(expanded);
  EXPECT_EQ(node_of(*expanded, "n[a=x,b=1]").matrix,
            (MatrixInstance{"n", {{"a", "x"}, {"b", "1"}}}));
}

TEST(Matrix, IncludeAddsAndExcludeTakesAway) {
  EXPECT_EQ(instances("{a: [x, y], b: [1, 2], exclude: [{a: x, b: 2}, {b: 3}, {a: y}]}"),
            "n[a=x,b=1]");
  EXPECT_EQ(instances("{a: [x], include: [{a: z}], exclude: [{a: x}]}"), "n[a=z]");
  EXPECT_EQ(instances("{include: [{a: x, b: 1}, {a: y, b: 2}]}"), "n[a=x,b=1] n[a=y,b=2]");
}

TEST(Matrix, MistakesInThem) {
  EXPECT_EQ(instances("{sample: [x], exclude: [{smple: x}]}"),
            "w.yaml:1:46: the matrix has no \"smple\"; did you mean \"sample\"?");
  EXPECT_EQ(instances("{a: [x], b: [1], include: [{a: z}]}"),
            "w.yaml:1:48: an entry of \"include\" has not all keys of the matrix; they are: a, b");
  EXPECT_EQ(instances("{a: [x, x]}"),
            "w.yaml:1:21: the matrix makes [a=x] twice; each instance needs a name of its own");
  EXPECT_EQ(instances("{a: x}"),
            "w.yaml:1:25: \"a\" of the matrix is the text \"x\"; expected a list of values");
  EXPECT_EQ(
      instances("{a: [x], exclude: [{a: x}]}"),
      "w.yaml:1:21: the matrix has no instance; \"exclude\" left none, or there are no values");
  EXPECT_NE(instances("[a]").find("w.yaml:1:21: \"matrix\" is a list"), std::string::npos);
  EXPECT_NE(instances("{a.b: [x]}").find("cannot be a name"), std::string::npos);
  EXPECT_NE(instances("{a: [{b: c}]}").find("a value of the matrix is a map"), std::string::npos);
}

TEST(Matrix, MoreThanTheLimitIsRefusedBeforeItIsMade) {
  std::string matrix = "{";
  for (const char* key : {"a", "b", "c", "d", "e", "f", "g"}) {
    matrix += std::string(key) + ": [";
    for (int i = 0; i < 10; ++i) matrix += std::to_string(i) + ", ";
    matrix += "], ";
  }
  EXPECT_EQ(instances(matrix + "}"),
            "w.yaml:1:21: the matrix multiplies to more than 1000000 instances");
}

TEST(Matrix, ManyNodesTogetherAreLimitedToo) {
  std::string list;
  for (int i = 0; i < 1000; ++i) list += std::to_string(i) + ",";
  const std::string matrix = "{matrix: {a: [" + list + "], b: [" + list + "]}}";
  EXPECT_EQ(error_of("nodes:\n  m: " + matrix + "\n  n: {}\n"),
            "w.yaml:3:3: more than 1000000 nodes in one workflow");
}

TEST(Matrix, FromACsvFile) {
  Folder folder;
  folder.write("samples.csv",
               "\xef\xbb\xbfsample,reads,note\r\n"
               "a,/data/a.fq,\"one, two\"\r\n"
               "\r\n"
               "b,\"/data/b \"\"x\"\".fq\",\"two\nlines\"\r\n"
               "c,,'");
  const auto expanded = expand(
      "nodes:\n"
      "  n:\n"
      "    matrix: {from: samples.csv, key: sample}\n"
      "    run: gzip ${matrix.reads}\n",
      {}, folder.path());
  ASSERT_TRUE(expanded) << expanded.error().text();
  EXPECT_EQ(names_of(*expanded), "n[sample=a] n[sample=b] n[sample=c]");
  EXPECT_EQ(shell_of(*expanded, "n[sample=b]"), "gzip '/data/b \"x\".fq'");
  EXPECT_EQ(node_of(*expanded, "n[sample=a]").matrix->values.at("note"), "one, two");
  EXPECT_EQ(node_of(*expanded, "n[sample=b]").matrix->values.at("note"), "two\nlines");
  EXPECT_EQ(node_of(*expanded, "n[sample=c]").matrix->values.at("note"), "'");
}

TEST(Matrix, FromMultipliesWithLists) {
  Folder folder;
  folder.write("s.tsv", "s\tx\na\t1\nb\t2\n");
  EXPECT_EQ(instances("{from: s.tsv, lane: [7, 8], key: [s, lane]}", folder.path()),
            "n[s=a,lane=7] n[s=a,lane=8] n[s=b,lane=7] n[s=b,lane=8]");
}

TEST(Matrix, MistakesInACsvFile) {
  Folder folder;
  const auto with = [&](const std::string& csv) {
    folder.write("s.csv", csv);
    std::string text = instances("{from: s.csv}", folder.path());
    for (std::size_t at; (at = text.find(folder.path() + "/")) != std::string::npos;)
      text.erase(at, folder.path().size() + 1);
    return text;
  };
  EXPECT_EQ(with("a,b\n1,2\n3\n"), "w.yaml:1:28: s.csv:3:1: 1 fields, and 2 columns in the header");
  EXPECT_EQ(with("a\n1\n\"2\n"), "w.yaml:1:28: s.csv:3:1: a quote that is not closed");
  EXPECT_NE(with("a\n1\"2\n").find("s.csv:2:2: a quote inside a field"), std::string::npos);
  EXPECT_NE(with("a\n\"1\"2\n").find("s.csv:2:4: text behind a closing quote"), std::string::npos);
  EXPECT_EQ(with(""), "w.yaml:1:28: s.csv is empty; its first line names the columns");
  EXPECT_NE(with("a,a\n1,2\n").find("the matrix has \"a\" twice"), std::string::npos);
  EXPECT_NE(with("a\n").find("the matrix has no instance"), std::string::npos);
  EXPECT_NE(with("a\n\xff\n").find("s.csv is not UTF-8"), std::string::npos);
  EXPECT_NE(with("a,\n1,2\n").find("a matrix key is empty"), std::string::npos);
  EXPECT_NE(with("a\n1\n1\n").find("makes [a=1] twice"), std::string::npos);
  EXPECT_NE(instances("{from: none.csv}", folder.path()).find("none.csv: No such file"),
            std::string::npos);
  EXPECT_NE(with("a,b\n1,2\n").find("n[a=1,b=2]"), std::string::npos);
}

}  // namespace
}  // namespace ketrew::workflow
