import Testing
import Chat
