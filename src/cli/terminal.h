// How the program speaks: tables and sentences for people on stdout, JSON where asked, progress and errors on stderr.
#pragma once

#include <string>
#include <vector>

#include "app/progress.h"
#include "base/error.h"
#include "base/json.h"
#include "env/clock.h"

namespace crossguard {

// Progress on stderr: one line that is rewritten on a terminal, a line every ten seconds elsewhere; nothing in the
// first two seconds of a stage. Rate and time left where the total is known.
class TerminalProgress final : public Progress {
 public:
  TerminalProgress(Clock& clock, bool quiet);
  ~TerminalProgress() override { ClearLine(); }
  void Tell(const ProgressNews& news) override;
  void Note(std::string_view sentence) override;

 private:
  void ClearLine();
  Clock& clock_;
  bool quiet_;
  bool terminal_;
  bool line_shown_ = false;
  std::string stage_;
  int64_t stage_begun_us_ = 0;
  int64_t last_told_us_ = 0;
};

std::string HumanBytes(uint64_t bytes);  // "1.4 GB": decimal units
std::string HumanCount(int64_t count);   // "12,345"
// Columns aligned, numbers to the right; long cells are cut with an ellipsis at `width_max`.
std::string Table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows,
                  size_t width_max = 60);

// Any answer as text for people: objects as "name: value" lines, lists of objects as tables.
std::string RenderRecord(const nlohmann::json& record);
std::string RenderRun(const nlohmann::json& figures);
std::string RenderScore(const nlohmann::json& score);
std::string RenderBalance(const nlohmann::json& balance);

// The error on stderr: "crossguard: <sentence>", or with json {"error":{"code","message"}}; returns the exit code.
int ReportError(const Error& error, bool json);

}  // namespace crossguard
