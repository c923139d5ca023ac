#include "package/documents.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "base/json.h"
#include "model/canonical.h"
#include "package/excerpt.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = package_rows;

enum class Shape : uint8_t { kXml, kJson, kCsv, kOther };

struct Document {
  rows::DocumentRow row;
  Shape shape = Shape::kOther;
  std::vector<rows::DocumentReport> reports;
  std::set<std::string> wanted;  // identifiers of packed accounts it speaks of
  bool whole = true;
  std::string why_not_whole;
};

Shape ShapeOf(const std::string& path) {
  const size_t dot = path.rfind('.');
  const std::string lower = dot == std::string::npos ? "" : path.substr(dot + 1);
  const auto is = [&](std::string_view name) {
    return std::equal(lower.begin(), lower.end(), name.begin(), name.end(),
                      [](char a, char b) { return (a | 0x20) == b; });
  };
  if (is("xml")) return Shape::kXml;
  if (is("json") || is("jsonl") || is("ndjson")) return Shape::kJson;
  if (is("csv") || is("tsv")) return Shape::kCsv;
  return Shape::kOther;
}

std::string_view ExtensionOf(Shape shape) {
  switch (shape) {
    case Shape::kXml:
      return ".xml";
    case Shape::kJson:
      return ".json";
    case Shape::kCsv:
      return ".csv";
    case Shape::kOther:
      break;
  }
  return ".txt";
}

// Whole only if every record in it was read and all that was read is about the accounts of this package.
Status Judge(const FactsScope& scope, const Gathered& gathered, Document& document) {
  const int64_t item = document.row.item_key;
  const auto not_whole = [&](std::string_view why) {
    document.whole = false;
    if (document.why_not_whole.empty()) document.why_not_whole = why;
  };
  if (TRY(rows::DocumentHasQuarantine(scope.db, item))) not_whole("a part of it could not be read");
  if (!std::ranges::all_of(document.reports, &rows::DocumentReport::taken))
    not_whole("a report in it came before and was not read again");
  // What is said of one account under an identifier that another account of the document shares is nobody's for
  // certain.
  std::map<std::string, Key<Account>> holders;
  std::vector<Key<Account>> people;
  TRY(rows::EachDocumentPerson(scope.db, document.row, [&](const rows::DocumentPerson& person) -> Status {
    if (person.role == "victim" || !scope.in_package(person.account))
      not_whole("it speaks of a victim or of other accounts");
    people.push_back(person.account);
    return {};
  }));
  for (const Key<Account> person : people) {
    const std::string identifier = TRY(rows::ReadAccount(scope.db, person)).esp_identifier;
    const auto [found, added] = holders.emplace(identifier, person);
    if (!added && found->second != person) document.wanted.erase(identifier);
  }
  std::vector<Key<Report>> reports;
  TRY(rows::EachDetailsReport(scope.db, item, [&](Key<Report> report) -> Status {
    reports.push_back(report);
    return {};
  }));
  for (const Key<Report> report : reports) {
    if (!document.whole) break;
    if (TRY(SpeaksOfOthers(scope, report))) not_whole("its report speaks of a victim or of other accounts");
  }
  const auto packed = gathered.details_in_document.find(item);
  const int64_t details_count = TRY(rows::DetailsInDocument(scope.db, item));
  if (details_count != (packed == gathered.details_in_document.end() ? 0 : packed->second))
    not_whole("it declares files of others");
  return {};
}

class Packer {
 public:
  Packer(Vault& vault, const Gathered& gathered, BagStage& stage) : vault_(vault), gathered_(gathered), stage_(stage) {}

  Result<json> Pack(const Document& document) {
    json entry = {{"exhibit", document.row.sha256.hex()},
                  {"size_bytes", document.row.size_bytes},
                  {"path", document.row.path},
                  {"reports", json::array()}};
    for (const rows::DocumentReport& report : document.reports) entry["reports"].push_back(report.id);
    if (document.reports.size() > kReportsNamedMax) {  // a dump names its reports itself, and not all are for everyone
      entry["reports"] = json::array();
    }
    if (document.whole) {
      const std::string name = Unused("data/reports/" + Stem(document), std::string(ExtensionOf(document.shape)));
      TRY(stage_.AddStream(name, static_cast<uint64_t>(document.row.size_bytes), document.row.sha256,
                           [&](const Sink& sink) { return vault_.ReadStream(document.row.sha256, sink); }));
      entry["included"] = "whole";
      entry["file"] = name.substr(kReportsFolder.size());
      return entry;
    }
    entry["why_not_whole"] = document.why_not_whole;
    if (document.reports.size() != 1) entry["reports"] = json::array();
    const std::string name = Unused("data/reports/" + document.row.sha256.hex().substr(0, 32) + ".excerpt",
                                    std::string(ExtensionOf(document.shape)));
    json records = json::array();
    if (document.shape == Shape::kCsv) {
      TRY(CutTable(document, name, records));
    } else {
      TRY(CutTree(document, name, records));
    }
    entry["included"] = records.empty() ? "nothing" : "excerpt";
    if (!records.empty()) {
      entry["file"] = name.substr(kReportsFolder.size());
      entry["records"] = std::move(records);
    }
    return entry;
  }

  static constexpr std::string_view kReportsFolder = "data/reports/";
  static constexpr size_t kReportsNamedMax = 100;

 private:
  std::string Stem(const Document& document) const {
    if (document.reports.size() == 1) return document.reports.front().id;
    const auto details = gathered_.details_id.find(document.row.item_key);
    if (document.reports.empty() && details != gathered_.details_id.end()) return details->second;
    return document.row.sha256.hex().substr(0, 32);
  }
  std::string Unused(const std::string& stem, const std::string& extension) const {
    std::string name = stem + extension;
    for (int i = 2; stage_.Has(name); ++i) name = stem + "-" + std::to_string(i) + extension;
    return name;
  }
  Status CutTable(const Document& document, const std::string& name, json& records) {
    // Twice over the document: the first time to know whether there is a row at all.
    CsvCutter dry(document.wanted, [](ByteView) -> Status { return {}; });
    TRY(vault_.ReadStream(document.row.sha256, [&](ByteView bytes) { return dry.Feed(bytes); }));
    TRY(dry.Finish());
    if (dry.lines().empty()) return {};
    for (const uint64_t line : dry.lines()) records.push_back({{"line", line}});
    return stage_.AddSpooled(name, [&](const Sink& sink) -> Status {
      CsvCutter cutter(document.wanted, sink);
      TRY(vault_.ReadStream(document.row.sha256, [&](ByteView bytes) { return cutter.Feed(bytes); }));
      return cutter.Finish();
    });
  }
  Status CutTree(const Document& document, const std::string& name, json& records) {
    if (document.shape == Shape::kOther || static_cast<uint64_t>(document.row.size_bytes) > kCutDocumentMaxBytes)
      return {};
    const Bytes bytes = TRY(vault_.Read(document.row.sha256, kCutDocumentMaxBytes));
    const std::string_view text = AsText(bytes);
    const std::vector<Cut> cuts =
        document.shape == Shape::kXml ? CutXml(text, document.wanted) : CutJson(text, document.wanted);
    std::string out;
    for (const Cut& cut : cuts) {
      records.push_back({{"line", cut.line}, {"offset", cut.offset}, {"size_bytes", cut.size_bytes}});
      out += text.substr(static_cast<size_t>(cut.offset), static_cast<size_t>(cut.size_bytes));
      out += '\n';
    }
    return cuts.empty() ? Status{} : stage_.Add(name, AsBytes(out));
  }

  Vault& vault_;
  const Gathered& gathered_;
  BagStage& stage_;
};

}  // namespace

Status AddDocuments(const FactsScope& scope, Vault& vault, const Gathered& gathered, BagStage& stage) {
  std::vector<std::tuple<std::string, std::string, int64_t>> order;  // path, digest, item: not the row number
  for (const auto& [item, wanted] : gathered.documents) {
    const rows::DocumentRow row = TRY(rows::ReadDocument(scope.db, item));
    order.emplace_back(row.path, row.sha256.hex(), item);
  }
  std::sort(order.begin(), order.end());
  Packer packer(vault, gathered, stage);
  // The index is written last, of what was packed: a line per document.
  std::string index;
  for (const auto& [path, digest, item] : order) {
    Document document;
    document.row = TRY(rows::ReadDocument(scope.db, item));
    document.shape = ShapeOf(document.row.path);
    document.wanted = gathered.documents.at(item);
    TRY(rows::EachDocumentReport(scope.db, item, [&](const rows::DocumentReport& report) -> Status {
      document.reports.push_back(report);
      return {};
    }));
    TRY(Judge(scope, gathered, document));
    const json entry = TRY(packer.Pack(document));
    index += (index.empty() ? "" : ",\n") + Canonical(entry);
  }
  return stage.Add("data/reports/index.json",
                   AsBytes("{\"documents\":[" + index + "],\"format\":\"crossguard-documents/1\"}\n"));
}

}  // namespace crossguard
