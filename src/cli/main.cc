// crossguard: the one command line. Parse, call app/, print. No rule lives here.
#include "cli/program.h"

int main(int argc, char** argv) {
  crossguard::Program program;
  crossguard::AddRunVerbs(program);
  crossguard::AddListVerbs(program);
  crossguard::AddPackageVerbs(program);
  crossguard::AddRecordVerbs(program);
  crossguard::AddExchangeVerbs(program);
  crossguard::AddRequestVerbs(program);
  crossguard::AddAuthorityVerbs(program);
  crossguard::AddServeVerbs(program);
  crossguard::AddOutcomeVerbs(program);
  crossguard::AddCheckVerbs(program);
  crossguard::AddAccessVerbs(program);
  crossguard::AddCoordinationVerbs(program);
  crossguard::AddRetentionVerbs(program);
  return program.Main(argc, argv);
}
