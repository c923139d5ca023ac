// What the register holds of the things that a truth plants, as plain keys for comparing. Read only.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "register/sql.h"

namespace crossguard {

using OnKey = std::function<void(std::string key)>;
using OnGroup = std::function<void(std::string member, int64_t group)>;

Status EachAccountKey(Database& database, const OnKey& on_key);  // "<service>/<esp identifier>", mentioned in any role
Status EachAccountSelector(Database& database, const OnKey& on_key);  // "<service>/<esp identifier> <type> <value>"
Status EachLiveHashHit(Database& database, const OnKey& on_key);      // "<sha256 hex> <list name> <entry id>"
Status EachBenignMedia(Database& database, const OnKey& on_key);      // "<sha256 hex>"
Status EachSubmissionName(Database& database, const OnKey& on_key);   // the last part of the path it was read from
Status EachWeakLink(Database& database, const OnKey& on_key);         // "<type> <value>" of links that join nobody
Status EachUrgentAccount(Database& database, const OnKey& on_key);
Status EachMinorAccount(Database& database, const OnKey& on_key);        // reported accounts that may be a minor's
Status EachPartnerHit(Database& database, const OnKey& on_key);          // "<service>/<esp identifier> <owner> <type>"
Status EachQuarantinedPath(Database& database, const OnKey& on_key);     // path of the item, records and documents only
Status EachClusterMember(Database& database, const OnGroup& on_member);  // sha256 hex, cluster
// "<sha256 hex> <sha256 hex>", the lesser first; those of animated pictures and stills are the clusters' to find.
Status EachVideoLink(Database& database, const OnKey& on_key);
Status EachArchiveMember(Database& database, const OnKey& on_key);  // "<sha256 hex> in <sha256 hex of what it lay in>"
Status EachKind(Database& database, const OnKey& on_key);           // "<sha256 hex> <kind by content, as MIME>"
Status EachOtherStandIn(Database& database, const OnKey& on_key);   // "<sha256 hex>": its stand-in shows something else
Status EachSubjectMember(Database& database, const OnGroup& on_member);  // "<service>/<esp identifier>", subject
Status EachCountry(Database& database,
                   const std::function<void(std::string account, std::string country)>& on_country);  // '' = unclear
// Files whose claimed digest differs from the bytes: the provider's file id.
Status EachHashAlert(Database& database, const OnKey& on_key);

}  // namespace crossguard
