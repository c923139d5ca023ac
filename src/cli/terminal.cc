#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/bytes.h"
#include "cli/exit_codes.h"
#include "model/canonical.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr int64_t kQuietFirstMicros = 2'000'000;
constexpr int64_t kTerminalEveryMicros = 200'000;
constexpr int64_t kLogEveryMicros = 10'000'000;

std::string Fixed(double value, int digits) {
  char buffer[64];
  return std::string(buffer, static_cast<size_t>(std::snprintf(buffer, sizeof buffer, "%.*f", digits, value)));
}

std::string HumanSeconds(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 90) return std::to_string(whole) + " s";
  if (whole < 5'400) return std::to_string(whole / 60) + " min";
  return std::to_string(whole / 3'600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

// Characters, not bytes: continuation bytes take no column.
size_t Columns(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0U) != 0x80U; }));
}

// Strangers' text on a terminal: control characters (escape sequences) become '?'.
std::string Printable(std::string_view text) {
  std::string out = ToValidUtf8(text);
  for (char& c : out) {
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return out;
}

std::string Cut(std::string_view text, size_t width_max) {
  const std::string clean = Printable(text);
  if (Columns(clean) <= width_max) return clean;
  std::string out;
  size_t columns = 0;
  for (const char c : clean) {
    if ((static_cast<uint8_t>(c) & 0xC0U) != 0x80U && ++columns >= width_max) break;
    out += c;
  }
  return out + "…";
}

std::string Scalar(const json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return Printable(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return Canonical(value);
}

bool IsTable(const json& value) {
  return value.is_array() && !value.empty() && value.front().is_object();
}

constexpr size_t kTableColumnsMax = 150;  // a wider table is told row by row

// "name: value; name: value", broken between pairs where a line grows too long; what is empty is left out.
std::string Pairs(const json& row) {
  std::string out;
  size_t line = 0;
  for (const auto& [name, value] : row.items()) {
    if (IsTable(value) || value.is_object() || value.is_null() ||
        (value.is_string() && value.get<std::string>().empty()) || (value.is_array() && value.empty()))
      continue;
    const std::string pair = name + ": " + Scalar(value);
    if (line > 0) {
      const bool breaks = line + Columns(pair) > kTableColumnsMax - 40;
      out += breaks ? ";\n    " : "; ";
      line = breaks ? 0 : line;
    }
    out += pair;
    line += Columns(pair) + 2;
  }
  return out;
}

// Row by row, with what stands below each row under it.
std::string Blocks(const json& rows) {
  std::string out;
  for (const json& row : rows) {
    out += "  - " + Pairs(row) + "\n";
    for (const auto& [name, value] : row.items()) {
      const json inner = value.is_object() ? json::array({value}) : value;
      if (!IsTable(inner)) continue;
      out += "    " + name + "\n";
      for (const json& one : inner) out += "      " + Pairs(one) + "\n";
    }
  }
  return out;
}

// Columns that are empty in every row are left out. Too wide for a screen, or with tables below its rows: row by row.
std::string TableOf(const json& rows) {
  std::vector<std::string> head;
  bool nested = false;
  for (const auto& [name, value] : rows.front().items()) {
    const auto says = [&, &column = name](const json& row) {
      if (!row.contains(column)) return false;
      const json& cell = row[column];
      nested = nested || (!cell.empty() && (IsTable(cell) || cell.is_object()));
      return !cell.is_null() && cell != "" && !(cell.is_array() && cell.empty());
    };
    if (std::count_if(rows.begin(), rows.end(), says) > 0) head.push_back(name);
  }
  if (nested) return Blocks(rows);
  if (const auto id = std::find(head.begin(), head.end(), "id"); id != head.end())
    std::rotate(head.begin(), id, id + 1);
  std::vector<std::vector<std::string>> cells;
  for (const json& row : rows) {
    std::vector<std::string> line;
    for (const std::string& name : head) line.push_back(row.contains(name) ? Scalar(row[name]) : "-");
    cells.push_back(std::move(line));
  }
  const std::string table = Table(head, cells, kTableColumnsMax);  // nothing that fits is cut: it may be a reason
  return Columns(std::string_view(table).substr(0, table.find('\n'))) > kTableColumnsMax ? Blocks(rows) : table;
}

bool LooksNumeric(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789,.-") == std::string::npos;
}

}  // namespace

TerminalProgress::TerminalProgress(Clock& clock, bool quiet)
    : clock_(clock), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void TerminalProgress::ClearLine() {
  if (line_shown_) std::fputs("\r\033[K", stderr);
  line_shown_ = false;
}

void TerminalProgress::Note(std::string_view sentence) {
  if (quiet_) return;
  ClearLine();
  std::fprintf(stderr, "  %s\n", Printable(sentence).c_str());
}

void TerminalProgress::Tell(const ProgressNews& news) {
  if (quiet_) return;
  const int64_t now = clock_.MonotonicMicros();
  if (news.stage != stage_) {
    stage_ = news.stage;
    stage_begun_us_ = now;
    last_told_us_ = now;
  }
  const int64_t elapsed = now - stage_begun_us_;
  if (elapsed < kQuietFirstMicros || now - last_told_us_ < (terminal_ ? kTerminalEveryMicros : kLogEveryMicros)) return;
  last_told_us_ = now;
  const double seconds = static_cast<double>(elapsed) / 1e6;
  const double rate = static_cast<double>(news.done) / seconds;
  std::string line = stage_ + ": " + HumanCount(news.done);
  if (news.total > 0) line += " of " + HumanCount(news.total);
  line += " " + std::string(news.noun) + ", " + Fixed(rate, rate < 10 ? 1 : 0) + "/s";
  if (news.byte_count > 0)
    line += ", " + HumanBytes(news.byte_count) + ", " +
            HumanBytes(static_cast<uint64_t>(static_cast<double>(news.byte_count) / seconds)) + "/s";
  if (news.total > news.done && rate > 0)
    line += ", " + HumanSeconds(static_cast<double>(news.total - news.done) / rate) + " left";
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K  %s", line.c_str());
    line_shown_ = true;
  } else {
    std::fprintf(stderr, "  %s\n", line.c_str());
  }
  std::fflush(stderr);
}

std::string HumanBytes(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return Fixed(value, unit == 0 || value >= 100 ? 0 : 1) + " " + kUnits[unit];
}

std::string HumanCount(int64_t count) {
  std::string digits = std::to_string(count < 0 ? -count : count);
  for (size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return (count < 0 ? "-" : "") + digits;
}

std::string Table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows,
                  size_t width_max) {
  std::vector<size_t> widths;
  std::vector<bool> numeric(head.size(), true);
  for (const std::string& title : head) widths.push_back(Columns(title));
  for (const auto& row : rows) {
    for (size_t i = 0; i < head.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(Columns(row[i]), width_max));
      if (row[i] != "-" && !LooksNumeric(row[i])) numeric[i] = false;
    }
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string cell = Cut(cells[i], width_max);
      const std::string pad(widths[i] > Columns(cell) ? widths[i] - Columns(cell) : 0, ' ');
      out += (i == 0 ? "" : "  ") + (numeric[i] ? pad + cell : cell + (i + 1 < cells.size() ? pad : ""));
    }
    return out + "\n";
  };
  std::string out = line(head);
  for (const auto& row : rows) out += line(row);
  return out;
}

std::string RenderRecord(const json& record) {
  if (record.is_array())
    return record.empty() ? "nothing\n" : (IsTable(record) ? TableOf(record) : Canonical(record) + "\n");
  if (!record.is_object()) return Scalar(record) + "\n";
  std::string out;
  std::string tables;
  for (const auto& [name, value] : record.items()) {
    if (IsTable(value)) {
      tables += "\n" + name + "\n" + TableOf(value);
    } else if (value.is_object()) {
      tables += "\n" + name + "\n" + RenderRecord(value);
    } else if (!(value.is_array() && value.empty())) {
      out += name + ": " + Scalar(value) + "\n";
    }
  }
  return out + tables;
}

std::string RenderBalance(const json& balance) {
  std::vector<std::vector<std::string>> rows;
  for (const json& line : balance["lines"]) {
    std::string states;
    for (const auto& [state, count] : line["states"].items()) {
      states += (states.empty() ? "" : ", ") + state + " " + HumanCount(count.get<int64_t>());
    }
    rows.push_back({line["counts"].get<std::string>(), HumanCount(line["in"].get<int64_t>()),
                    HumanCount(line["out"].get<int64_t>()), line["holds"].get<bool>() ? "=" : "DIFFERS", states});
  }
  return Table({"what", "in", "out", "", "where it rests"}, rows, 100) +
         (balance["holds"].get<bool>() ? "The balance holds: in = out on every line.\n"
                                       : "THE BALANCE DOES NOT HOLD. Nothing may be released.\n");
}

std::string RenderScore(const json& score) {
  std::vector<std::vector<std::string>> rows;
  std::string causes, examples;
  for (const json& line : score["lines"]) {
    const auto count = [&](const char* name) { return HumanCount(line[name].get<int64_t>()); };
    const std::string counts = line["counts"].get<std::string>();
    rows.push_back({line["stage"].get<std::string>(), counts, count("planted"), count("found"), count("right"),
                    Fixed(line["precision"].get<double>(), 3), Fixed(line["recall"].get<double>(), 3)});
    std::string listed;
    for (const auto& [cause, missed] : line["missed_by_cause"].items())
      listed += (listed.empty() ? "" : ", ") + HumanCount(missed.get<int64_t>()) + " " + cause;
    if (!listed.empty()) causes += "  " + counts + ": " + listed + "\n";
    const auto example = [&](const char* name) {
      if (!line[name].empty())
        examples += "  " + counts + ", " + name + ": " + Cut(line[name][0].get<std::string>(), 140) + "\n";
    };
    example("missed");
    example("wrong");
  }
  return Table({"stage", "what", "planted", "found", "right", "precision", "recall"}, rows) +
         (causes.empty() ? "" : "\nWhy they were missed:\n" + causes) +
         (examples.empty() ? "" : "\nFor example (--json lists more):\n" + examples);
}

std::string RenderRun(const json& f) {
  const auto number = [&](const char* name) { return HumanCount(f[name].get<int64_t>()); };
  const auto hit = [&](const char* name) { return HumanCount(f["hits"][name].get<int64_t>()); };
  std::string out;
  if (f.value("already_taken_in", false))
    out += "This submission was taken in before as " + f["submission"].get<std::string>() + "; nothing changed.\n";
  out += "Operation    " + Printable(f["operation"].get<std::string>()) + ": submission " +
         f["submission"].get<std::string>() + ", " + number("items") + " files, " +
         HumanBytes(f["bytes"].get<uint64_t>()) + "\n";
  out += "Reports      " + number("reports") + " taken, " + number("reports_duplicate") + " duplicate\n";
  out += "Accounts     " + number("accounts_reported") + " reported (" + number("accounts") + " named), " +
         number("subjects") + " subject candidates, " + number("urgent_cases") + " urgent\n";
  out += "Files        " + number("files") + " distinct; " + hit("files_known") + " known, " + hit("files_benign") +
         " benign, " + hit("files_in_conflict") + " in conflict; " + number("clusters") + " clusters of " +
         number("clustered_files") + " near-duplicates\n";
  std::string examined;
  for (const auto& [family, cost] : f["examined_by_family"].items()) {
    if (cost["files"].get<int64_t>() == 0) continue;
    examined += (examined.empty() ? "" : "; ") + family + " " + HumanCount(cost["files"].get<int64_t>()) + ", " +
                HumanBytes(cost["bytes"].get<uint64_t>()) + ", " + HumanSeconds(cost["cpu_seconds"].get<double>());
  }
  if (!examined.empty()) out += "Examined     " + examined + " of processor time\n";
  const auto look = [&](const char* name) { return HumanCount(f["looks"][name].get<int64_t>()); };
  out += "Looks        " + look("needed") + " for " + look("contents") + " pictures, videos and stand-ins; " +
         look("saved") + " saved\n";
  out += "Cross-check  " + hit("partner_hits") + " hits with partners' holdings\n";
  std::string countries;
  for (const json& country : f["countries"]) {
    countries += (countries.empty() ? "" : ", ") + country["country"].get<std::string>() + " " +
                 HumanCount(country["accounts"].get<int64_t>());
  }
  out += "Countries    " + countries + "; unclear " + number("accounts_unclear") + "\n";
  std::string quarantine;
  for (const json& row : f["quarantine"])
    quarantine += (quarantine.empty() ? "" : ", ") + row["kind"].get<std::string>() + " " +
                  HumanCount(row["records"].get<int64_t>());
  out += "Quarantine   " + (quarantine.empty() ? "none" : quarantine) + "\n";
  std::string withheld;
  for (const json& row : f["withheld"])
    withheld += (withheld.empty() ? "" : ", ") + row["reason_code"].get<std::string>() + " " +
                HumanCount(row["accounts"].get<int64_t>());
  out += "Withheld     " + (withheld.empty() ? "none" : withheld) + "\n\n";
  if (!f["packages"].empty()) out += TableOf(f["packages"]) + "\n";
  return out + RenderBalance(f["balance"]);
}

int ReportError(const Error& error, bool as_json) {
  if (as_json) {
    std::fprintf(stderr, "%s\n",
                 Canonical({{"error", {{"code", Name(error.code)}, {"message", error.message}}}}).c_str());
  } else {
    std::fprintf(stderr, "crossguard: %s\n", Printable(error.message).c_str());
  }
  return ExitCode(error.code);
}

}  // namespace crossguard
