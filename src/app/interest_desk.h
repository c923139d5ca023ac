// What came to this house in packages becomes its interests by itself, so that the same by another way is seen as the
// same (coordination/interests.h).
#pragma once

#include <string>

#include "app/desk.h"
#include "base/json.h"

namespace crossguard {

// The accounts of a package that came by message, from the folder into which it was opened; through who sent it, since
// it came. Null for a package that did not come by message. {"not_noted": why} where the officer may not, or the folder
// is none: what was asked for besides is done all the same.
struct OpenedPackage {
  std::string sender, package, folder;
};
Result<nlohmann::json> NoteOpened(House& house, const Actor& actor, const OpenedPackage& opened);
// The same without such a folder: it is opened for that with this node's own key, and removed again. Nothing is done
// again for what was noted before, nor for evidence: its accounts came in the referral.
Result<nlohmann::json> NoteReceived(House& house, const Actor& actor, const std::string& sender,
                                    const std::string& package);

}  // namespace crossguard
