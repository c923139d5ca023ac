// Manners are a unit test: the tree is held against each rule, and each rule against a snippet that breaks it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "rules.h"

namespace tidy {
namespace {

namespace fs = std::filesystem;

std::string Load(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const fs::path& Root() {
  static const fs::path kRoot = CROSSGUARD_SOURCE_DIR;
  return kRoot;
}

// Every text that people write. Vectors and corpora are data.
const std::vector<Source>& Tree() {
  static const std::vector<Source> kTree = [] {
    std::vector<Source> out;
    const auto take = [&](const fs::path& path) {
      constexpr std::array<std::string_view, 10> kKinds = {".cc", ".h",    ".txt",  ".cmake", ".md",
                                                           ".sh", ".toml", ".json", ".yml",   ""};
      const std::string relative = fs::relative(path, Root()).generic_string();
      const std::string kind = path.extension().string();
      if (std::ranges::find(kKinds, kind) == kKinds.end()) return;
      if (relative.starts_with("tests/vectors/") || relative.starts_with("fuzz/corpus/")) return;
      std::string text = Load(path);
      if (text.find('\0') == std::string::npos) out.emplace_back(relative, std::move(text));
    };
    for (const std::string_view folder : {"src", "tests", "fuzz", "bench", "cmake", "docs", "config", "deploy"}) {
      if (!fs::exists(Root() / folder)) continue;
      for (const auto& item : fs::recursive_directory_iterator(Root() / folder)) {
        if (item.is_regular_file()) take(item.path());
      }
    }
    for (const auto& item : fs::directory_iterator(Root())) {
      if (item.is_regular_file() && item.path().filename() != ".git") take(item.path());
    }
    std::ranges::sort(out, {}, &Source::path);
    return out;
  }();
  return kTree;
}

House TheHouse() {
  std::map<std::string, std::string> folder_of;
  for (const auto& item : fs::recursive_directory_iterator(Root() / "src")) {
    if (!item.is_directory()) continue;
    const std::string folder = fs::relative(item.path(), Root() / "src").generic_string();
    std::string name = folder;
    std::ranges::replace(name, '/', '_');
    folder_of[name] = folder;
  }
  // The jailed program is no library that others could link, so it declares no room. What it may know is its promise.
  constexpr std::string_view kJail = "examiner 6 base model examine_kernel\n";
  return House(Load(fs::path(CROSSGUARD_BINARY_DIR) / "house.txt") + std::string(kJail), folder_of);
}

std::set<std::string> PrivateHeaders() {
  std::set<std::string> out;
  for (const Source& source : Tree()) {
    if (source.path().starts_with("src/") && IsPrivateHeader(source)) out.insert(source.path().substr(4));
  }
  return out;
}

std::string Report(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) out += Text(finding) + "\n";
  return out;
}

template <class Check>
std::string Over(Check check) {
  std::vector<Finding> out;
  for (const Source& source : Tree()) check(source, out);
  return Report(out);
}

TEST(Tidy, TheTreeIsRead) {
  EXPECT_GT(Tree().size(), 50U);
  EXPECT_GT(TheHouse().rooms().size(), 10U);
  EXPECT_FALSE(PrivateHeaders().empty());
}

TEST(Tidy, IncludesAgreeWithWhatRoomsDeclare) {
  const House house = TheHouse();
  const std::set<std::string> private_headers = PrivateHeaders();
  EXPECT_EQ(Over([&](const Source& source, auto& out) { CheckIncludes(source, house, private_headers, out); }), "");
}
TEST(Tidy, SqlStandsInTheRegister) {
  EXPECT_EQ(Over(CheckSql), "");
}
TEST(Tidy, TheWorldIsHandedIn) {
  EXPECT_EQ(Over(CheckWorld), "");
}
TEST(Tidy, OneRoomKnowsALibrary) {
  EXPECT_EQ(Over(CheckLibraries), "");
}
TEST(Tidy, LinesAndFilesHaveTheirShape) {
  EXPECT_EQ(Over(CheckShape), "");
}
TEST(Tidy, LinesFitOnAScreen) {
  const size_t allowed = Ratchet(Load(Root() / "tests/tidy/ratchet.txt")).Allowed("long_lines");
  std::vector<Finding> found;
  for (const Source& source : Tree()) CheckColumns(source, found);
  EXPECT_LE(found.size(), allowed) << Report(found);
  constexpr size_t kSlack = 50;  // a few lines fewer need not touch the ratchet each time
  EXPECT_GE(found.size() + kSlack, allowed)
      << "There are fewer long lines now: put " << found.size() << " into tests/tidy/ratchet.txt.";
}
TEST(Tidy, NothingIsLeftForLater) {
  EXPECT_EQ(Over(CheckWords), "");
}
TEST(Tidy, TestsClaimSomething) {
  EXPECT_EQ(Over(CheckTestsTest), "");
}
TEST(Tidy, FilesAreReadInOneSitting) {
  const Ratchet ratchet(Load(Root() / "tests/tidy/ratchet.txt"));
  EXPECT_EQ(Over([&](const Source& source, auto& out) { ratchet.CheckLength(source, out); }), "");
}
TEST(Tidy, EveryRoomHasItsPageAndItsBuild) {
  std::vector<Finding> out;
  const House house = TheHouse();
  for (const House::Room& room : house.rooms()) {
    for (const std::string name : {"README.md", "CMakeLists.txt"}) {
      const std::string path = "src/" + room.folder + "/" + name;
      if (!fs::exists(Root() / path))
        out.push_back({path, 0, "Every room has a README.md of one screen and a CMakeLists.txt."});
    }
  }
  EXPECT_EQ(Report(out), "");
}

// --- The rules can fail ---------------------------------------------------------------------------------------------

House SmallHouse() {
  return House("base 0 \nenv 1 base\nmodel 1 base\nintake 4 base env\nmatch 4 base model\nexamine_kernel 3 base\n",
               {{"examine_kernel", "examine/kernel"}});
}

std::vector<size_t> LinesOf(const std::vector<Finding>& findings) {
  std::vector<size_t> out;
  for (const Finding& finding : findings) out.push_back(finding.line);
  return out;
}
template <class Check>
std::vector<size_t> Lines(Check check, const std::string& path, const std::string& text) {
  std::vector<Finding> out;
  check(Source(path, text), out);
  for (const Finding& finding : out) {
    EXPECT_EQ(finding.path, path);
    EXPECT_TRUE(finding.rule.ends_with('.')) << finding.rule;
  }
  return LinesOf(out);
}
using Found = std::vector<size_t>;

TEST(TidySelf, AnIncludeUpwardsSidewaysOrUndeclaredIsFound) {
  const House house = SmallHouse();
  const auto check = [&](const Source& source, auto& out) { CheckIncludes(source, house, {"env/private.h"}, out); };
  EXPECT_EQ(Lines(check, "src/intake/a.cc",
                  "#include <vector>\n#include \"intake/a.h\"\n#include \"base/x.h\"\n#include \"env/x.h\"\n"),
            Found{});
  EXPECT_EQ(Lines(check, "src/intake/a.cc", "#include \"match/a.h\"\n#include \"model/x.h\"\n"), (Found{1, 2}));
  EXPECT_EQ(Lines(check, "src/env/a.h", "\n#include \"intake/a.h\"\n"), Found{2});
  EXPECT_EQ(Lines(check, "src/intake/a.cc", "#include \"a.h\"\n"), Found{1});
  EXPECT_EQ(Lines(check, "src/intake/a.cc", "// #include \"match/a.h\"\n"), Found{});
  EXPECT_EQ(Lines(check, "src/intake/a.cc", "#include \"env/private.h\"\n"), Found{1});
  EXPECT_EQ(Lines(check, "src/env/a.cc", "#include \"env/private.h\"\n"), Found{});
  EXPECT_EQ(Lines(check, "src/examine/kernel/a.cc", "#include \"examine/kernel/a.h\"\n#include \"model/a.h\"\n"),
            Found{2});
  EXPECT_EQ(Lines(check, "src/intake/a_test.cc", "#include \"model/x.h\"\n"), Found{});
  EXPECT_EQ(Lines(check, "src/env/a_test.cc", "#include \"intake/x.h\"\n"), Found{1});
}

TEST(TidySelf, SqlInALiteralIsFoundAndInACommentIsNot) {
  const std::string text =
      "// SELECT a FROM t\nf(\"SELECT a FROM t\");\nf(R\"sql(\nDELETE FROM t\n)sql\");\nf(\"select "
      "one\");\nUPDATE(SET);\ng(\"INSERT OR IGNORE INTO t\");\n";
  EXPECT_EQ(Lines(CheckSql, "src/match/a.cc", text), (Found{2, 4, 8}));
  EXPECT_EQ(Lines(CheckSql, "src/register/a.cc", text), Found{});
  EXPECT_EQ(Lines(CheckSql, "src/match/a_test.cc", text), Found{});
}

TEST(TidySelf, ClocksRandomnessAndSleepAreFound) {
  EXPECT_EQ(Lines(CheckWorld, "src/match/a.cc",
                  "auto t = std::chrono::system_clock::now();\ntime(nullptr);\nstd::random_device d;\ngetrandom(p, n, "
                  "0);\nint now = 1'000;\n// now()\n\"now()\";\nclock.Now();\n"),
            (Found{1, 2, 3, 4}));
  EXPECT_EQ(Lines(CheckWorld, "src/env/clock.cc", "system_clock::now();\n"), Found{});
  EXPECT_EQ(Lines(CheckWorld, "src/match/a.cc", "steady_clock::now();\n"), Found{1});
  EXPECT_EQ(Lines(CheckWorld, "src/match/a_test.cc", "steady_clock::now();\nsystem_clock::now();\n"), Found{2});
  EXPECT_EQ(Lines(CheckWorld, "src/match/a_test.cc", "std::this_thread::sleep_for(1s);\n"), Found{1});
}

TEST(TidySelf, AStrangersLibraryIsFound) {
  const std::string text = "#include <openssl/evp.h>\n#include <sqlite3.h>\n";
  EXPECT_EQ(Lines(CheckLibraries, "src/match/a.cc", text), (Found{1, 2}));
  EXPECT_EQ(Lines(CheckLibraries, "src/crypto/a.cc", text), Found{2});
  EXPECT_EQ(Lines(CheckLibraries, "src/register/a.cc", text), Found{1});
}

TEST(TidySelf, BadShapesAreFound) {
  EXPECT_EQ(Lines(CheckShape, "src/match/a.cc", "a\n\tb\nc \nd\r\ne"), (Found{5, 2, 3, 4}));
}

TEST(TidySelf, LongLinesAreFoundByColumnsNotBytes) {
  EXPECT_EQ(Lines(CheckColumns, "src/match/a.cc", "\n" + std::string(kColumnsMax + 1, 'x') + "\n"), Found{2});
  std::string wide;
  for (size_t i = 0; i < kColumnsMax; ++i) wide += "é";
  EXPECT_EQ(Lines(CheckColumns, "src/match/a.cc", wide + "\n"), Found{});
}

TEST(TidySelf, WordsForLaterAndPathsOfOneMachineAreFound) {
  EXPECT_EQ(Lines(CheckWords, "docs/a.md",
                  std::string("TO") + "DO: this\nfine\n// FIX" + "ME\nsee /wo" + "rk/x\nnetwork/x homework/x\n"),
            (Found{1, 3, 4}));
}

TEST(TidySelf, ATestWithoutAClaimIsFound) {
  EXPECT_EQ(Lines(CheckTestsTest, "src/match/a_test.cc", "TEST(A, B) { Run(); }\n// EXPECT_TRUE(x)\n"), Found{0});
  EXPECT_EQ(Lines(CheckTestsTest, "src/match/a_test.cc", "TEST(A, B) { EXPECT_TRUE(Run()); }\n"), Found{});
}

TEST(TidySelf, ALongFileIsFoundAndTheRatchetOnlyFalls) {
  const Ratchet ratchet("# comment\nsrc/match/a.cc 900 # tables\n");
  const auto check = [&](const Source& source, auto& out) { ratchet.CheckLength(source, out); };
  const auto lines = [](size_t n) {
    std::string text;
    for (size_t i = 0; i < n; ++i) text += "x\n";
    return text;
  };
  EXPECT_EQ(Lines(check, "src/match/b.cc", lines(700)), Found{});
  EXPECT_EQ(Lines(check, "src/match/b.cc", lines(701)), Found{701});
  EXPECT_EQ(Lines(check, "src/match/a.cc", lines(900)), Found{});
  EXPECT_EQ(Lines(check, "src/match/a.cc", lines(901)), Found{901});
  EXPECT_EQ(Lines(check, "src/match/a.cc", lines(899)), Found{899});
  EXPECT_EQ(Lines(check, "src/match/a.cc", lines(600)), Found{600});
}

TEST(TidySelf, CommentsLiteralsAndDigitSeparatorsAreToldApart) {
  const Source source("a.cc", "int a = 1'000; // x\nchar c = '\"'; f(\"a\\\"b // no\"); /* y\nz */ g();\n");
  EXPECT_EQ(source.code()[0].substr(0, 14), "int a = 1'000;");
  EXPECT_EQ(source.code()[0].find('x'), std::string::npos);
  EXPECT_NE(source.literals()[1].find("b // no"), std::string::npos);
  EXPECT_EQ(source.code()[2].find('z'), std::string::npos);
  EXPECT_NE(source.code()[2].find("g();"), std::string::npos);
}

}  // namespace
}  // namespace tidy
