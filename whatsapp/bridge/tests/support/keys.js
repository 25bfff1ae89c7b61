export const API_KEY = 'an-api-key-for-tests-and-nothing-else-0001';
export const HOOK_KEY = 'a-hook-key-for-tests-and-nothing-else-0001';
export const SECRET = 'a-secret-at-rest-for-tests-and-nothing-else';
