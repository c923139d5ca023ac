// Everything that comes from outside, in one hand. References: the owner (app/, or a test) outlives all users.
#pragma once

#include "base/log.h"
#include "env/clock.h"
#include "env/files.h"
#include "env/random.h"

namespace crossguard {

struct Env {
  Clock& clock;
  Random& random;
  Files& files;
  Log log;
};

}  // namespace crossguard
