// The three shapes in which one and the same report is handed in (docs/formats/operation.md).
#pragma once

#include <string>

#include "simulate/content.h"

namespace crossguard::simulate {

// What a document says of a file beside its plan: the digests that the provider claims.
struct ClaimedDigests {
  std::string md5, sha1;  // hex; "" if not claimed
};
ClaimedDigests ClaimsOf(const PlannedFile& file, const Digests& digests);

std::string ReportXml(const Block& block, const PlannedReport& report);
std::string FileXml(const Block& block, const PlannedReport& report, const PlannedFile& file,
                    const ClaimedDigests& claims);

std::string ReportJson(const Block& block, const PlannedReport& report, const std::vector<ClaimedDigests>& claims);

struct CsvRows {
  std::string accounts, files, ips;
};
extern const CsvRows kCsvHeaders;
// Appends; some e-mails, telephones and events of this shape stand in the notes only.
void AppendCsv(const Block& block, const PlannedReport& report, const std::vector<ClaimedDigests>& claims,
               CsvRows& out);

// A document that cannot be read, the nth of the block: cut off, with an entity, not UTF-8, too deep.
std::string BrokenXml(int64_t nth, int64_t report_id);
std::string BrokenJson(int64_t nth, int64_t report_id);
std::string BrokenCsvRow(int64_t nth, int64_t report_id);  // for accounts.csv

}  // namespace crossguard::simulate
