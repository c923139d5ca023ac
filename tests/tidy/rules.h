// The manners of the house as rules that a program checks. Each finding is a file, a line and the rule in one sentence.
// Reading, not parsing: comments and literals are told apart from code, and that is enough for these rules.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidy {

struct Finding {
  std::string path;
  size_t line = 0;   // from 1; 0: the file as a whole
  std::string rule;  // one sentence
};
std::string Text(const Finding& finding);  // "src/x.cc:12: sentence"

// One file, its lines in three views. Columns are kept: what a view leaves out is blank in it.
class Source {
 public:
  Source(std::string path, std::string text);
  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }
  const std::vector<std::string>& lines() const { return lines_; }
  const std::vector<std::string>& code() const { return code_; }          // without comments and literals
  const std::vector<std::string>& literals() const { return literals_; }  // text within string literals only

 private:
  std::string path_;  // from the root, '/' between parts
  std::string text_;
  std::vector<std::string> lines_;
  std::vector<std::string> code_;
  std::vector<std::string> literals_;
};

// What the modules declared to the build ("name floor dep dep ..." a line). The folder of `a_b` is src/a/b if that is
// one.
class House {
 public:
  struct Room {
    std::string name;
    std::string folder;  // "examine/kernel"
    int floor = 0;
    std::set<std::string> may_include;  // names: itself, base, what it declared
  };
  // folder_of: name -> folder below src.
  House(std::string_view text, const std::map<std::string, std::string>& folder_of);
  const std::vector<Room>& rooms() const { return rooms_; }
  const Room* RoomOf(std::string_view path_below_src) const;  // nullptr: in no room

 private:
  std::vector<Room> rooms_;
};

bool IsTest(std::string_view path);  // x_test.cc, x_fuzz.cc, x_bench.cc, test_x.h, testing_x.h

// Rules over one file.
void CheckIncludes(const Source& source, const House& house, const std::set<std::string>& private_headers,
                   std::vector<Finding>& out);
void CheckSql(const Source& source, std::vector<Finding>& out);
void CheckWorld(const Source& source, std::vector<Finding>& out);
void CheckLibraries(const Source& source, std::vector<Finding>& out);
void CheckShape(const Source& source, std::vector<Finding>& out);
void CheckColumns(const Source& source, std::vector<Finding>& out);
void CheckWords(const Source& source, std::vector<Finding>& out);
void CheckTestsTest(const Source& source, std::vector<Finding>& out);
bool IsPrivateHeader(const Source& source);  // begins "// Private to"

class Ratchet {
 public:
  // Lines "path number # why": that file may have up to that many lines. Empty lines and '#' lines are skipped.
  explicit Ratchet(std::string_view text);
  size_t Allowed(const std::string& path) const;  // 0 if not listed
  void CheckLength(const Source& source, std::vector<Finding>& out) const;

 private:
  std::map<std::string, size_t> allowed_;
};
constexpr size_t kFileLinesMax = 700;
constexpr size_t kColumnsMax = 140;

}  // namespace tidy
