<?php
// An application whose signed-in users upload. It makes their calls to the service, so the API key stays here; the
// bytes go from the browser straight to the storage; a webhook tells what has arrived.

require __DIR__ . '/webhook.php';

const SESSIONS = ['session-of-ada' => 'ada', 'session-of-ben' => 'ben'];
$service = getenv('SERVICE') ?: 'http://127.0.0.1:7600';
$apiKey = getenv('API_KEY') ?: 'a-key-for-development';
$webhookSecret = getenv('WEBHOOK_SECRET') ?: 'whsec_Zm9yIGRldmVsb3BtZW50IG9uIHRoaXMgbWFjaGluZQ==';

/** A user's uploads: a table of your database. Here it is a folder with a file for each. */
function folder(string $user): string
{
    $folder = (getenv('DATA') ?: sys_get_temp_dir() . '/dropslip-example') . "/$user";
    is_dir($folder) || mkdir($folder, 0700, true);
    return $folder;
}

/** What has become of an upload. The service may tell it twice. */
function hear(array $event): void
{
    ['id' => $id, 'key' => $key, 'subject' => $user] = $event['data'];
    match ($event['type']) {
        'upload.completed' => file_put_contents(folder($user) . "/$id", $key, LOCK_EX),
        'upload.aborted' => @unlink(folder($user) . "/$id"),
        default => null,
    };
}

function answer(int $status, string $body): never
{
    http_response_code($status);
    header('content-type: application/json');
    exit($body);
}

$path = $_SERVER['REQUEST_URI'];
$body = file_get_contents('php://input');
if ($path === '/hooks/uploads') {
    verify($webhookSecret, $body) || answer(401, '{}');
    hear(json_decode($body, true));
    answer(200, '{}');
}
$user = SESSIONS[$_COOKIE['session'] ?? ''] ?? answer(401, '{"detail": "Sign in first."}');
if ($path === '/mine') {
    answer(200, json_encode(array_map('file_get_contents', glob(folder($user) . '/*'))));
}
// The calls of an upload, and no other that the key is good for.
$isCall = preg_match('#^/(diagnose|uploads(/[\w-]+(/(parts|complete))?)?)$#D', $path);
$isCall || answer(404, '{"detail": "Nothing is here."}');
if ($path === '/uploads') {
    $body = json_encode(['preset' => 'photo', 'subject' => $user] + (array) json_decode($body, true));
}
$sent = ["authorization: Bearer $apiKey"];
foreach (['CONTENT_TYPE' => 'content-type', 'HTTP_ORIGIN' => 'origin'] as $of => $name) {
    empty($_SERVER[$of]) || $sent[] = "$name: $_SERVER[$of]";
}
$got = @file_get_contents("$service/v1$path", false, stream_context_create(['http' => [
    'method' => $_SERVER['REQUEST_METHOD'],
    'header' => $sent,
    'content' => $body,
    'ignore_errors' => true,
]]));
$got !== false || answer(502, '{"detail": "The service does not answer."}');
answer((int) substr($http_response_header[0], 9, 3), $got);
