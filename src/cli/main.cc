// crossguard: the one command line. Parse, call app/, print. No rule lives here.
#include "cli/program.h"

int main(int argc, char** argv) {
  crossguard::Program program;
  crossguard::AddRunVerbs(program);
  crossguard::AddListVerbs(program);
  crossguard::AddPackageVerbs(program);
  crossguard::AddRecordVerbs(program);
  crossguard::AddCheckVerbs(program);
  crossguard::AddRetentionVerbs(program);
  return program.Main(argc, argv);
}
