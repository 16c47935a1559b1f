export async function installVscodeHost() {
  return false;
}
