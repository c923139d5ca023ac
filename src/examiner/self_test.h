// Before any file is opened the examiner tries from inside its own jail what must be impossible, and does what must be
// possible. If one of them goes the other way, it refuses to start; there is no switch to go on without the jail.
#pragma once

#include <string>

#include "examine/kernel/family.h"
#include "examiner/jail.h"

namespace crossguard::examiner {

// Empty if the jail holds; else the name of the act that went wrong. Takes a few milliseconds; forks.
std::string TestJail(const examine::FamilyWork& work, const Walls& walls, const Filter& filter, int landlock_abi);

}  // namespace crossguard::examiner
