// What a person can do about coordination: scan, settle, override, assign leads, set and report tasks, look at the
// board. Each passes the gate as a named officer; what others must hear is posted in the same transaction.
#pragma once

#include <string>
#include <vector>

#include "app/desk.h"
#include "base/json.h"
#include "coordination/scan.h"
#include "coordination/settle.h"
#include "coordination/work.h"
#include "model/message.h"

namespace crossguard {

// For whoever holds a transaction already: finds what two hold, and posts what each contact must hear of the other.
// permit: as coordination::Scan.
Result<coordination::ScanSummary> ScanAndTell(House& house, Transaction& transaction, const Permit& permit);
// Posts how it was settled to whoever speaks for a party. permit: of the act that settled it.
Status TellSettled(House& house, Transaction& transaction, const Permit& permit,
                   const coordination::Settlement& settlement, const std::vector<std::string>& recipients);

Result<nlohmann::json> ScanForDeconfliction(House& house, const Actor& actor);
// A deconfliction of this house is settled here. One that only others told of: what was agreed is said to them.
Result<nlohmann::json> SettleDeconfliction(House& house, const Actor& actor,
                                           const coordination::Settlement& settlement);
// A child at risk now: its accounts may go to one authority though the deconfliction is open; the contacts are told as
// ever.
Result<nlohmann::json> OverrideDeconfliction(House& house, const Actor& actor, const std::string& deconfliction,
                                             const coordination::OverrideFor& what);
Result<nlohmann::json> ShowDeconfliction(House& house, const Actor& actor, const std::string& id);
// As the officer sees them; no leaf is written.
Result<nlohmann::json> ListDeconflictions(House& house, const std::string& officer);
Result<nlohmann::json> ShowBoard(House& house, const std::string& officer);
Result<nlohmann::json> ListLeads(House& house, const std::string& officer, const std::string& about);
Result<nlohmann::json> ListTasks(House& house, const std::string& officer);

Result<nlohmann::json> AssignLead(House& house, const Actor& actor, const std::string& about,
                                  const std::string& authority);
struct TaskFacts {
  std::string about, what, authority, due;  // due: RFC 3339
};
Result<nlohmann::json> SetTask(House& house, const Actor& actor, const TaskFacts& task);
// origin: who set it; "" where only one task of that id is here.
struct TaskReportFacts {
  std::string id, origin, state, note;
};
Result<nlohmann::json> ReportTask(House& house, const Actor& actor, const TaskReportFacts& report);

// What this house holds by another way than its own submissions.
struct HoldFacts {
  std::string source;            // id of the package, message or case it stands in
  std::string channel;           // authority through which it came; "" a case of its own
  std::string since;             // RFC 3339; "" now
  std::string service, account;  // one account
  std::string type, value;       // and one selector, as written
  std::string sha256;            // and one file
  std::string opened_folder;     // and every account of a package that was opened into this folder
};
Result<nlohmann::json> Hold(House& house, const Actor& actor, const HoldFacts& facts);
// What to answer to what came with `source`.
Result<nlohmann::json> ProposeAnswer(House& house, const std::string& officer, const std::string& source);

// DATA/keys/deconfliction-<operation>.key: made here, or copied from a file that another node of the operation gave by
// a trusted way. kConflict if there is another already.
Result<nlohmann::json> KeepOperationSecret(House& house, const Actor& actor, const std::string& operation,
                                           const std::string& from_path);
// Claims by keyed key, to a file and from one (docs/formats/deconfliction.md).
Result<nlohmann::json> ExportClaims(House& house, const Actor& actor, const std::string& operation,
                                    const std::string& path);
Result<nlohmann::json> ImportClaims(House& house, const Actor& actor, const std::string& path);
// The same by message, as a contribution; `to` learns of it with the next `exchange send`.
Result<nlohmann::json> SendClaims(House& house, const Actor& actor, const std::string& operation,
                                  const std::string& to);
// For whoever holds a transaction already: claims that came as a message, and the scan that follows.
Result<nlohmann::json> TakeClaimsMessage(House& house, Transaction& transaction, const Permit& permit,
                                         const ReceivedMessage& message);

}  // namespace crossguard
