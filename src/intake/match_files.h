// Declared files meet their bytes, and the accounts whose they are.
#pragma once

#include <functional>

#include "register/intake_rows.h"

namespace crossguard::intake {

// For every file details of the submission that is still 'declared': the bytes by the provider's file id as the stem of
// a file's name, else by the declared name in the same group (the folder's name), else by a claimed digest, else
// (without one) by a declared name that is alone of its kind. Then the claimed digests are held against the bytes, and
// the account is found: as declared, else the only reported one, else the one reported account that shares the file's
// IP or device. after_batch commits and begins anew. Memory: about 200 bytes per file of the submission.
Status MatchFiles(Database& database, Key<Submission> submission, const std::function<Status()>& after_batch);

}  // namespace crossguard::intake
