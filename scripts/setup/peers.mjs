export async function installPeers() {
  return false;
}
