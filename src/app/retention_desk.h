// What a person can do about clocks, review and erasure. Each that changes something passes the gate as a named officer
// and answers with JSON.
#pragma once

#include <string>
#include <vector>

#include "app/desk.h"
#include "app/erase.h"
#include "base/json.h"

namespace crossguard {

// What is due, overdue first: {"overdue","soon","shown","items":[{"kind","object","due_at","state","what"}]}. kinds:
// preservation, band, answer, categorisation, review, erasure. Reads only.
Result<nlohmann::json> Clocks(House& house, int64_t limit);

// An account or a contribution is kept until then, for the actor's reason. kInvalid: a date that is past, or later than
// one further review period from now.
Result<nlohmann::json> KeepUntil(House& house, const Actor& actor, const std::string& id, Instant until);
// One officer agrees; the last one needed erases. The answer says "erased": false until then.
Result<nlohmann::json> ApproveErasure(House& house, const Actor& actor, const EraseTarget& target,
                                      const std::string& why, bool keep_files);
// An identifier to erase, out of a file: so its value stands neither in a list of processes nor in a shell's history.
Result<EraseTarget> IdentifierIn(House& house, const std::string& type, const std::string& path);
// Everything that its date says: erases what was not decided to be kept, executes what other houses ask for, asks again
// who has not answered, finishes what was broken off.
Result<nlohmann::json> RunRetention(House& house, const Actor& actor);
// What is not proved yet: here, at recipients, and what others wait for.
Result<nlohmann::json> OpenErasures(House& house);
Result<nlohmann::json> ListErasures(House& house);  // the tombstones
// An officer has dealt with what an erasure could not do by itself; the reason says how.
Result<nlohmann::json> CloseErasure(House& house, const Actor& actor, const std::string& erasure_id);

// Drafts the request to the providers and notes that it was asked. ids empty: every report whose keeping lapses soon
// and for which nobody has asked.
Result<nlohmann::json> AskPreservation(House& house, const Actor& actor, const std::vector<std::string>& ids);
Result<nlohmann::json> ConfirmPreservation(House& house, const Actor& actor, const std::string& id, Instant until,
                                           const std::string& reference);
Result<nlohmann::json> ListPreservation(House& house, int64_t limit);

Result<RetentionRules> RulesOf(House& house);

}  // namespace crossguard
